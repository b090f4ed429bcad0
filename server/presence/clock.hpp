// The server's clock: whole seconds that never go back, and the doubt that comes with a start or a stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "protocol/request.hpp"
#include "table/published_time.hpp"
#include "table/rules.hpp"

namespace lastbeat {

// Time since the machine booted, suspend included. Steps of the wall clock do not touch it.
using BootTime = std::chrono::nanoseconds;

// CLOCK_BOOTTIME. About 25 ns.
[[nodiscard]] BootTime read_boot_time() noexcept;

// Turns readings of the boot clock into published seconds. Reads no clock itself: readings are handed in.
// Threads: any.
class Clock {
 public:
  // The first second is retain + ttl + 2, so that 0 can mean "none" and no age reaches below 0. With `doubt_at_start`
  // an earlier life of this server may have taken heartbeats that this one does not know.
  Clock(const Rules& rules, bool doubt_at_start, BootTime start) noexcept;

  // Publishes the second of `reading` if it is a new one. When the published clock jumps by two seconds or more, this
  // process was stopped or the machine suspended: heartbeats are waiting unread, and the server is in doubt for as long
  // as it was away, a ttl at most. Cost when nothing is new: one load.
  void advance(BootTime reading) noexcept;

  // When something happened that is `age` old at `reading`; never in second 0.
  struct Past {
    Second second = 0;
    std::uint16_t millisecond = 0;
  };
  [[nodiscard]] Past before(BootTime reading, protocol::Age age) const noexcept;

  // The time whose whole seconds are published. Never goes back.
  [[nodiscard]] std::chrono::milliseconds server_time(BootTime reading) const noexcept;

  [[nodiscard]] const PublishedTime& published() const noexcept { return published_; }
  // Seconds until doubt ends, 0 when not in doubt.
  [[nodiscard]] Second doubt_left() const noexcept;

 private:
  const Second ttl_;
  const std::chrono::milliseconds offset_;  // whole seconds: server time - boot time
  PublishedTime published_;
  std::mutex publishing_;
};

}  // namespace lastbeat
