#include "backoff.hpp"

#include <vector>

#include "support/catch.hpp"

using lastbeat::Backoff;
using namespace std::chrono_literals;

TEST_CASE("the longest pause doubles with every failure up to a limit, and starts again after a success") {
  // The largest random numbers that give the longest pauses: random % (limit + 1) == limit.
  const auto longest = [](Backoff& backoff, std::uint64_t limit) { return backoff.next(limit); };
  Backoff backoff{50ms, 300ms};
  CHECK(longest(backoff, 50) == 50ms);
  CHECK(longest(backoff, 100) == 100ms);
  CHECK(longest(backoff, 200) == 200ms);
  CHECK(longest(backoff, 300) == 300ms);
  CHECK(longest(backoff, 300) == 300ms);
  backoff.reset();
  CHECK(longest(backoff, 50) == 50ms);
}

TEST_CASE("pauses are spread over everything below the limit") {
  CHECK(Backoff{50ms, 300ms}.next(0) == 0ms);
  CHECK(Backoff{50ms, 300ms}.next(17) == 17ms);
  CHECK(Backoff{50ms, 300ms}.next(51) == 0ms);
  CHECK(Backoff{50ms, 300ms}.next(~std::uint64_t{0}) <= 50ms);
}

TEST_CASE("a limit of nothing means no pause") { CHECK(Backoff{0ms, 0ms}.next(12345) == 0ms); }
