#include "server/remote_options.hpp"

#include <stdexcept>

#include "text/parse.hpp"

namespace lastbeat {

std::chrono::milliseconds store_timeout(const std::string& text) {
  constexpr std::chrono::milliseconds kShortest{10};
  constexpr std::chrono::seconds kLongest{10};
  const std::chrono::milliseconds duration = text::parse_duration(text);
  if (duration < kShortest || duration > kLongest) {
    throw std::invalid_argument("'" + text + "' is no value for --store-timeout; allowed: 10ms to 10s");
  }
  return duration;
}

std::size_t store_backlog(const std::string& text) {
  constexpr std::uint64_t kLargest = 100'000'000;
  return text::parse_number(text, "--store-backlog", 0, kLargest);
}

bool must_answer_at_start(const std::string& text) {
  if (text == "exit") return true;
  if (text == "retry") return false;
  throw std::invalid_argument("'" + text + "' is no value for --store-at-start; allowed: retry, exit");
}

}  // namespace lastbeat
