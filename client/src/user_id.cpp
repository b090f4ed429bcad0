#include "lastbeat/user_id.hpp"

#include "sha256.hpp"

namespace lastbeat {
namespace {

UserId first_eight(const Sha256Digest& digest) noexcept {
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8U | std::to_integer<std::uint64_t>(digest[i]);
  return UserId{id};
}

// 16 or more for what is no hexadecimal digit.
unsigned digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return 16;
}

}  // namespace

UserId user_id_of(std::string_view text) noexcept {
  return first_eight(sha256(std::as_bytes(std::span{text.data(), text.size()})));
}

UserId user_id_of(std::span<const std::byte, 16> uuid) noexcept { return first_eight(sha256(uuid)); }

std::optional<UserId> user_id_of_uuid(std::string_view text) noexcept {
  constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";
  if (text.size() != kForm.size()) return std::nullopt;
  std::array<std::byte, 16> uuid{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '-') {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const unsigned digit = digit_of(text[i]);
    if (digit > 15) return std::nullopt;
    uuid.at(digits / 2) = uuid.at(digits / 2) << 4U | static_cast<std::byte>(digit);
    ++digits;
  }
  return user_id_of(uuid);
}

}  // namespace lastbeat
