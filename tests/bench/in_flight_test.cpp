#include "bench/in_flight.hpp"

#include "support/catch.hpp"

using lastbeat::bench::InFlight;

TEST_CASE("requests come out in the order they went in, round and round") {
  InFlight<int> in_flight{3};
  int pushed = 0;
  int popped = 0;
  for (int round = 0; round < 7; ++round) {
    while (!in_flight.is_full()) in_flight.push(pushed++);
    CHECK(in_flight.size() == 3);
    for (int i = 0; i < 2; ++i) {
      CHECK(in_flight.front() == popped);
      CHECK(in_flight.pop() == popped++);
    }
    CHECK(in_flight.size() == 1);
  }
}
