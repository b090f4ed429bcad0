// The moment that all threads agree on: the current second and how long the server is in doubt.
#pragma once

#include <atomic>
#include <cstdint>

#include "table/stamp.hpp"

namespace lastbeat {

struct Moment {
  Second now = 0;
  // The last second in which "not online" only means "unknown", because heartbeats may have been missed; 0: no doubt.
  Second doubt_until = 0;
  [[nodiscard]] constexpr bool in_doubt() const noexcept { return now <= doubt_until; }
  friend constexpr bool operator==(const Moment&, const Moment&) = default;
};

// One atomic word, so that nobody sees a new second without the doubt that came with it.
// Threads: any. The clock (presence/clock.hpp) is the only one that publishes; tests publish what they like.
class PublishedTime {
 public:
  explicit PublishedTime(Moment moment) noexcept : word_{pack(moment)} {}
  [[nodiscard]] Moment load() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return {.now = static_cast<Second>(word), .doubt_until = static_cast<Second>(word >> 32U)};
  }
  void publish(Moment moment) noexcept { word_.store(pack(moment), std::memory_order_release); }

 private:
  static constexpr std::uint64_t pack(Moment moment) noexcept {
    return std::uint64_t{moment.doubt_until} << 32U | moment.now;
  }
  std::atomic<std::uint64_t> word_;
};

}  // namespace lastbeat
