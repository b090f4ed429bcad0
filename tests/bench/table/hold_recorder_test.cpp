#include "table_bench/hold_recorder.hpp"

#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

TEST_CASE("the worst of all holds, whichever thread had it") {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kHolds = 1000;
  HoldRecorder recorder;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&recorder, thread] {
        for (std::uint32_t i = 0; i < kHolds; ++i) {
          recorder.locked();
          recorder.unlocking({.lines_touched = 10 * thread + 1, .lines_moved = thread});
        }
      });
    }
  }
  const Holds holds = recorder.holds();
  CHECK(holds.held_ns.total() == kThreads * kHolds);
  CHECK(holds.most_lines_touched == 31);
  CHECK(holds.most_lines_moved == 3);
}
