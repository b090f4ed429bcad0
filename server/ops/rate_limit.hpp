// Keeps a log from repeating itself.
#pragma once

#include <chrono>

namespace lastbeat {

// Allows something once an interval. Time is handed in. Threads: one.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit RateLimit(std::chrono::nanoseconds interval) noexcept : interval_{interval} {}
  [[nodiscard]] bool allow(Time now) noexcept {
    if (now < next_) return false;
    next_ = now + interval_;
    return true;
  }

 private:
  std::chrono::nanoseconds interval_;
  Time next_{};
};

}  // namespace lastbeat
