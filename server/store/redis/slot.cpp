#include "redis/slot.hpp"

#include <array>
#include <charconv>

namespace lastbeat::redis {
namespace {

constexpr std::array<std::uint16_t, 256> make_table() {
  constexpr std::uint32_t kPolynomial = 0x1021;
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1U) ^ ((crc & 0x8000U) != 0 ? kPolynomial : 0U);
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr std::array<std::uint16_t, 256> kTable = make_table();

std::uint16_t crc16(std::string_view bytes, std::uint16_t crc = 0) noexcept {
  for (const char c : bytes) {
    const auto top = static_cast<std::uint8_t>(crc >> 8U);
    const auto byte = static_cast<std::uint8_t>(c);
    crc = static_cast<std::uint16_t>(static_cast<std::uint32_t>(crc) << 8U) ^ kTable[top ^ byte];
  }
  return crc;
}

std::optional<std::string_view> hash_tag(std::string_view key) noexcept {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t close = key.find('}', open);
  if (close == std::string_view::npos || close == open + 1) return std::nullopt;
  return key.substr(open + 1, close - open - 1);
}

Slot slot(std::uint16_t crc) noexcept { return crc % kSlots; }

}  // namespace

Slot slot_of(std::string_view key) noexcept { return slot(crc16(hash_tag(key).value_or(key))); }

UserSlots::UserSlots(std::string_view prefix) : prefix_crc_{crc16(prefix)} {
  if (hash_tag(prefix)) only_ = slot_of(prefix);
}

Slot UserSlots::operator()(UserId user) const noexcept {
  if (only_) return *only_;
  std::array<char, 20> digits{};
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint64_t>(user)).ptr;
  return slot(crc16({digits.data(), static_cast<std::size_t>(end - digits.data())}, prefix_crc_));
}

}  // namespace lastbeat::redis
