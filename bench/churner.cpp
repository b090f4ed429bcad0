#include "bench/churner.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "bench/environment.hpp"

namespace lastbeat::bench {
namespace {

// Sleeps in short pieces; false when the time was up, or SIGINT came, before that.
bool wait_until(Nanoseconds moment, Nanoseconds end) {
  constexpr Nanoseconds kPiece = std::chrono::milliseconds{50};
  Nanoseconds now = read_boot_time();
  for (; now < std::min(moment, end) && !is_interrupted(); now = read_boot_time()) {
    std::this_thread::sleep_for(std::min(kPiece, std::min(moment, end) - now));
  }
  return now < end && !is_interrupted();
}

}  // namespace

Churner::Churner(Checker checker, Nanoseconds interval, CheckTotals& totals)
    : checker_{std::move(checker)}, interval_{interval}, totals_{totals} {}

void Churner::run(Nanoseconds end) {
  // What a slow server kept from being opened is made up for, a second's worth at most.
  constexpr Nanoseconds kMostBehind = std::chrono::seconds{1};
  Nanoseconds next = read_boot_time();
  while (!checker_.is_over() && wait_until(next, end)) {
    for (std::uint32_t step = 0; step < kStepsAConnection && !checker_.is_over(); ++step) checker_.step();
    checker_.close_connection();
    ++totals_.churned_connections;
    next = std::max(next + interval_, read_boot_time() - kMostBehind);
  }
}

}  // namespace lastbeat::bench
