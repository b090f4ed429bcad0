// How long to wait before trying to connect again.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastbeat {

// Exponential back-off with full jitter: a random pause between zero and a limit that doubles with every failure.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  // Requires 0 <= first <= longest.
  Backoff(Duration first, Duration longest) noexcept : first_{first}, longest_{longest}, limit_{first} {}

  // The pause after one more failure; `random` is uniform over all 64-bit numbers.
  [[nodiscard]] Duration next(std::uint64_t random) noexcept {
    const auto limit = static_cast<std::uint64_t>(limit_.count());
    limit_ = limit_ > longest_ / 2 ? longest_ : limit_ * 2;
    return Duration{random % (limit + 1)};
  }
  void reset() noexcept { limit_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration limit_;
};

}  // namespace lastbeat
