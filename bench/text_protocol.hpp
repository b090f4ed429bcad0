// What the text protocols of Redis and memcached have in common: keys, and lines that end with CR LF.
#pragma once

#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "bench/dialect.hpp"

namespace lastbeat::bench {

constexpr std::string_view kKeyPrefix = "presence:";
// No reply that a load understands has a longer line, nor a longer value.
constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLongestValue = 1024;

inline void append_text(Buffer& out, std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// A user's key, formatted without allocating.
class Key {
 public:
  explicit Key(UserId id) noexcept {
    kKeyPrefix.copy(text_.data(), kKeyPrefix.size());
    char* const end = text_.data() + text_.size();
    size_ = static_cast<std::size_t>(
        std::to_chars(text_.data() + kKeyPrefix.size(), end, static_cast<std::uint64_t>(id)).ptr - text_.data());
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kKeyPrefix.size() + std::numeric_limits<std::uint64_t>::digits10 + 1> text_{};
  std::size_t size_ = 0;
};

// The line at the front of `input`, without its end; empty when it has not come whole. A line that is longer than
// kLongestLine, or ends with LF alone, is `is_bad`.
struct Line {
  std::string_view text;
  bool is_whole = false;
  bool is_bad = false;
  [[nodiscard]] std::size_t size_bytes() const noexcept { return text.size() + 2; }
};
[[nodiscard]] inline Line cut_line(std::string_view input) noexcept {
  const std::size_t end = input.substr(0, kLongestLine + 2).find('\n');
  if (end == std::string_view::npos) return {.text = {}, .is_bad = input.size() >= kLongestLine + 2};
  if (end == 0 || input[end - 1] != '\r') return {.text = {}, .is_bad = true};
  return {.text = input.substr(0, end - 1), .is_whole = true};
}

// The whole of `text` as a number.
[[nodiscard]] inline std::optional<std::size_t> read_size(std::string_view text) noexcept {
  std::size_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
  return number;
}

// A piece of what a server sent, fit for a message: short, and without control characters.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace lastbeat::bench
