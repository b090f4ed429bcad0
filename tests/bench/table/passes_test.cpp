#include "table_bench/passes.hpp"

#include "support/catch.hpp"
#include "table_bench/departure.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/subject.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

TEST_CASE("passes find exactly those expired who were left out, and the table is full again afterwards") {
  constexpr std::uint64_t kUsers = 20'000;
  BenchTime time;
  Table table{TableConfig{}, time.published()};
  TableSubject subject{table};
  static_cast<void>(grow(subject, kUsers, 1, 0));
  const Passes passes = measure_passes(table, time, kUsers, 2, 10ms);
  CHECK(passes.idle.timed_out == 0);
  CHECK(passes.idle.forgotten == 0);
  CHECK(passes.expiring.timed_out == kUsers / 2000);
  CHECK(passes.expiring.forgotten == kUsers / 2000);
  CHECK(passes.heartbeats_alone > 0);
  CHECK(passes.heartbeats_during > 0);
  CHECK(table.entries() == kUsers);
}

TEST_CASE("when everybody expires, every user's edge arrives exactly once") {
  const auto users = GENERATE(as<std::uint64_t>{}, 1000, 100'000);
  const Departure departure = measure_departure(users, 2);
  CHECK(departure.edges == users);
  CHECK(departure.edges_lost == 0);
  CHECK(departure.each_arrived_once);
  CHECK(departure.memory_left >= 0);
}
