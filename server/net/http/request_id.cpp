#include "http/request_id.hpp"

#include <algorithm>
#include <random>

namespace lastbeat::http {
namespace {

bool is_allowed(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"._:+/=-"}.find(c) != std::string_view::npos;
}

}  // namespace

RequestId::RequestId(std::string_view text) noexcept {
  if (text.size() > kMostBytes || !std::all_of(text.begin(), text.end(), is_allowed)) return;
  std::copy(text.begin(), text.end(), text_.begin());
  size_ = static_cast<std::uint8_t>(text.size());
}

RequestIdMaker::RequestIdMaker() {
  std::random_device device;
  state_ = std::uint64_t{device()} << 32U | device();
}

// SplitMix64 (G. Steele, D. Lea, C. Flood): every state once, and neighbours look unlike each other.
RequestId RequestIdMaker::make() noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31U;
  std::array<char, 16> text;  // NOLINT(*-member-init): written before it is read
  for (char& digit : text) {
    digit = kDigits[mixed & 15U];
    mixed >>= 4U;
  }
  return RequestId{{text.data(), text.size()}};
}

}  // namespace lastbeat::http
