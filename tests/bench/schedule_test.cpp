#include "bench/schedule.hpp"

#include "support/catch.hpp"

using lastbeat::bench::Schedule;
using namespace std::chrono_literals;

TEST_CASE("connections take turns, so that together they keep the rate") {
  const Schedule first{1000, 4, 0};
  const Schedule second{1000, 4, 1};
  CHECK(first.due(0) == 0ns);
  CHECK(second.due(0) == 1ms);
  CHECK(first.due(1) == 4ms);
  CHECK(second.due(1) == 5ms);
}

TEST_CASE("the schedule does not drift") {
  const Schedule schedule{3, 1, 0};
  CHECK(schedule.due(3 * 3600) == 3600s);
}

TEST_CASE("what is due can be counted") {
  const Schedule second{1000, 4, 1};  // at 1, 5, 9 ms ...
  CHECK(second.due_within(0ms) == 0);
  CHECK(second.due_within(999us) == 0);
  CHECK(second.due_within(1ms) == 1);
  CHECK(second.due_within(4'999us) == 1);
  CHECK(second.due_within(5ms) == 2);
  CHECK(second.due_within(1s) == 250);
}
