#include "presence/sweeper.hpp"

#include <sched.h>

#include <algorithm>

namespace lastbeat {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

// The clock must tick well within its second, or a quiet server would take its own idling for a stop.
constexpr std::chrono::milliseconds kLongestIdle{100};

std::uint64_t in_us(nanoseconds duration) {
  return static_cast<std::uint64_t>(duration_cast<microseconds>(duration).count());
}

nanoseconds steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

SweepPass::SweepPass(std::size_t parts, nanoseconds expected_work, unsigned cpu_percent) noexcept
    : parts_{parts},
      shortest_pause_{nanoseconds{kBurst} * (100 - cpu_percent) / cpu_percent},
      planned_pause_{std::clamp<nanoseconds>(nanoseconds{kSpread} / (expected_work / kBurst + 1), shortest_pause_,
                                             kLongestPause)} {}

nanoseconds SweepPass::pause(nanoseconds elapsed) const noexcept {
  // More work than expected, since many users left at once, say: catch up rather than be late.
  const bool is_behind =
      elapsed * static_cast<nanoseconds::rep>(parts_) > nanoseconds{kSpread} * static_cast<nanoseconds::rep>(next_);
  return is_behind ? shortest_pause_ : planned_pause_;
}

Sweeper::Sweeper(Clock& clock, Store& store, unsigned cpu_percent)
    : clock_{clock},
      store_{store},
      cpu_percent_{cpu_percent},
      swept_{clock.published().load().now},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {}

Sweeper::~Sweeper() = default;  // jthread asks to stop, which wakes the wait, and joins

SweepStats Sweeper::stats() const noexcept {
  const Second swept = swept_.load(std::memory_order_relaxed);  // before now, which it must not be ahead of
  return {.passes = passes_.load(std::memory_order_relaxed),
          .timed_out = timed_out_.load(std::memory_order_relaxed),
          .forgotten = forgotten_.load(std::memory_order_relaxed),
          .last_pass_us = last_pass_us_.load(std::memory_order_relaxed),
          .last_spread_us = last_spread_us_.load(std::memory_order_relaxed),
          .lag_s = std::max(swept, clock_.published().load().now) - swept};
}

void Sweeper::run(const std::stop_token& stop) {
  // Its share of the processor stays, but it interrupts nobody who serves requests. No harm where that is refused.
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_BATCH, &no_priority);

  nanoseconds expected_work{0};
  Second swept = 0;
  do {
    const Moment moment = clock_.published().load();
    if (moment.now == swept || moment.in_doubt()) continue;
    swept = moment.now;
    one_pass(stop, moment.now, expected_work);
    expected_work = microseconds{last_pass_us_.load(std::memory_order_relaxed)};
  } while (pause(
      stop, std::min<nanoseconds>(kLongestIdle, std::chrono::seconds{1} - read_boot_time() % std::chrono::seconds{1})));
}

void Sweeper::one_pass(const std::stop_token& stop, Second now, nanoseconds expected_work) {
  const nanoseconds start = steady_now();
  SweepPass pass{store_.parts(), expected_work, cpu_percent_};
  while (true) {
    pass.burst(store_, steady_now);
    if (pass.is_done()) break;
    if (!pause(stop, pass.pause(steady_now() - start))) return;
  }
  passes_.fetch_add(1, std::memory_order_relaxed);
  timed_out_.fetch_add(pass.timed_out(), std::memory_order_relaxed);
  forgotten_.fetch_add(pass.forgotten(), std::memory_order_relaxed);
  last_pass_us_.store(in_us(pass.work()), std::memory_order_relaxed);
  last_spread_us_.store(in_us(steady_now() - start), std::memory_order_relaxed);
  swept_.store(now, std::memory_order_relaxed);
}

bool Sweeper::pause(const std::stop_token& stop, nanoseconds duration) {
  std::unique_lock lock{mutex_};
  wake_.wait_for(lock, stop, duration, [] { return false; });
  clock_.advance(read_boot_time());
  return !stop.stop_requested();
}

}  // namespace lastbeat
