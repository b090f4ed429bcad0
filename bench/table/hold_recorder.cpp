#include "table_bench/hold_recorder.hpp"

#include <algorithm>
#include <chrono>

namespace lastbeat::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

thread_local SteadyClock::time_point locked_at;

}  // namespace

void HoldRecorder::locked() noexcept { locked_at = SteadyClock::now(); }

void HoldRecorder::unlocking(const Hold& hold) noexcept {
  const auto held = SteadyClock::now() - locked_at;
  const std::lock_guard lock{mutex_};
  holds_.held_ns.record(static_cast<std::uint64_t>(held.count()));
  holds_.lines_touched += hold.lines_touched;
  holds_.most_lines_touched = std::max(holds_.most_lines_touched, hold.lines_touched);
  holds_.most_lines_moved = std::max(holds_.most_lines_moved, hold.lines_moved);
}

Holds HoldRecorder::holds() const {
  const std::lock_guard lock{mutex_};
  return holds_;
}

}  // namespace lastbeat::bench
