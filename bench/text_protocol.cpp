#include "bench/text_protocol.hpp"

#include <algorithm>

namespace lastbeat::bench {

std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 80;
  std::string shown{text.substr(0, kMost)};
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "'" + shown + "'";
}

}  // namespace lastbeat::bench
