// Threads that start together, and how long they take.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <latch>
#include <numeric>
#include <thread>
#include <vector>

namespace lastbeat::bench {

using SteadyClock = std::chrono::steady_clock;
using SecondsTaken = std::chrono::duration<double>;

// Calls work(i) for every i below `threads`, each in a thread of its own. Returns the wall-clock time from the moment
// all threads were there until the last was done. Requires that `work` does not throw.
template <class Work>
SecondsTaken run_team(std::uint32_t threads, const Work& work) {
  std::latch ready{static_cast<std::ptrdiff_t>(threads)};
  std::latch go{1};
  std::vector<SteadyClock::time_point> ends(threads);
  SteadyClock::time_point start;
  {
    std::vector<std::jthread> team;
    for (std::uint32_t i = 0; i < threads; ++i) {
      team.emplace_back([&, i] {
        ready.count_down();
        go.wait();
        work(i);
        ends[i] = SteadyClock::now();
      });
    }
    ready.wait();
    start = SteadyClock::now();
    go.count_down();
  }
  return *std::max_element(ends.begin(), ends.end()) - start;
}

// Operations a second of a team whose threads repeat a step for `duration`. make_step(i) gives thread i its step: a
// callable that does some operations, enough for a look at the clock not to matter, and returns how many.
template <class MakeStep>
double measure_rate(std::uint32_t threads, std::chrono::milliseconds duration, const MakeStep& make_step) {
  std::vector<std::uint64_t> operations(threads);
  const SecondsTaken took = run_team(threads, [&](std::uint32_t i) {
    auto step = make_step(i);
    std::uint64_t done = 0;
    const auto end = SteadyClock::now() + duration;
    do {
      done += step();
    } while (SteadyClock::now() < end);
    operations[i] = done;
  });
  return static_cast<double>(std::accumulate(operations.begin(), operations.end(), std::uint64_t{0})) / took.count();
}

}  // namespace lastbeat::bench
