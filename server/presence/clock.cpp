#include "presence/clock.hpp"

#include <algorithm>
#include <ctime>

namespace lastbeat {
namespace {

using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Second kSmallestJump = 2;

}  // namespace

BootTime read_boot_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

Clock::Clock(const Rules& rules, bool doubt_at_start, BootTime start) noexcept
    : ttl_{rules.ttl},
      offset_{seconds{rules.retain + rules.ttl + 2} - floor<seconds>(start)},
      published_{{.now = rules.retain + rules.ttl + 2,
                  .doubt_until = doubt_at_start ? rules.retain + rules.ttl + 2 + rules.ttl : 0}} {}

void Clock::advance(BootTime reading) noexcept {
  const auto second =
      static_cast<Second>(std::min<seconds::rep>(kLastSecond, floor<seconds>(server_time(reading)).count()));
  if (second <= published_.load().now) return;

  const std::lock_guard lock{publishing_};
  const Moment before = published_.load();
  if (second <= before.now) return;
  const Second jump = second - before.now;
  Moment moment{.now = second, .doubt_until = before.doubt_until};
  if (jump >= kSmallestJump) moment.doubt_until = std::max(before.doubt_until, second + std::min(jump, ttl_));
  published_.publish(moment);
}

Clock::Past Clock::before(BootTime reading, protocol::Age age) const noexcept {
  const milliseconds happened = server_time(reading) - age;
  const auto second = floor<seconds>(happened);
  // Whatever lies before the server's first second is too old by any rule; second 1 is.
  return {.second = static_cast<Second>(std::clamp<seconds::rep>(second.count(), 1, kLastSecond)),
          .millisecond = static_cast<std::uint16_t>((happened - second).count())};
}

Second Clock::doubt_left() const noexcept {
  const Moment moment = published_.load();
  return moment.in_doubt() ? moment.doubt_until - moment.now + 1 : 0;
}

milliseconds Clock::server_time(BootTime reading) const noexcept { return floor<milliseconds>(reading) + offset_; }

}  // namespace lastbeat
