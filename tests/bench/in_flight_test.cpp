#include "bench/in_flight.hpp"

#include "support/catch.hpp"

using lastbeat::bench::InFlight;
using namespace std::chrono_literals;

TEST_CASE("requests come out in the order they went in, round and round") {
  InFlight in_flight{3};
  const auto moment = [](int i) { return InFlight::Moment{std::chrono::seconds{i}}; };
  int pushed = 0;
  int popped = 0;
  for (int round = 0; round < 7; ++round) {
    while (!in_flight.is_full()) in_flight.push(moment(pushed++));
    CHECK(in_flight.size() == 3);
    for (int i = 0; i < 2; ++i) CHECK(in_flight.pop() == moment(popped++));
    CHECK(in_flight.size() == 1);
  }
}
