// Which refusals are logged, so that one reason that repeats hides no other.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ops/rate_limit.hpp"

namespace lastbeat::auth {

// Each reason is logged once in an interval. Time is handed in. Threads: one.
class RefusalLog {
 public:
  static constexpr std::chrono::seconds kInterval{10};
  // There are some twenty. Further ones would share one line, so that nobody can make this grow.
  static constexpr std::size_t kMostReasons = 64;

  // Nothing: not now. Else how many of this reason have not been logged since the last that was.
  [[nodiscard]] std::optional<std::uint64_t> note(std::string_view reason, RateLimit::Time now);

 private:
  struct Reason {
    RateLimit limit{kInterval};
    std::uint64_t unlogged = 0;
  };
  Reason& find(std::string_view reason);

  std::map<std::string, Reason, std::less<>> reasons_;
  Reason further_;
};

}  // namespace lastbeat::auth
