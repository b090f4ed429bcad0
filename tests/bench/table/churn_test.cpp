#include "table_bench/churn.hpp"

#include "support/catch.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/subject.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

TEST_CASE("as many users come as go, each status looks at one line or two, and nobody has timed out by mistake") {
  constexpr std::uint64_t kUsers = 200'000;
  BenchTime time;
  HoldRecorder recorder;
  TableConfig config;
  config.observer = &recorder;
  Table table{config, time.published()};
  TableSubject subject{table};
  static_cast<void>(grow(subject, kUsers, 1, 0));
  const Churn churn = measure_churn(table, recorder, time, kUsers, 2);
  CHECK(table.entries() == kUsers);
  CHECK(table.online() == kUsers);
  for (const LinesLooked& looked : {churn.before, churn.after}) {
    CHECK(looked.a_status > 1);
    CHECK(looked.a_status < 2);
    CHECK(looked.a_missing_status > 1);
    CHECK(looked.a_missing_status < 2);
  }
}
