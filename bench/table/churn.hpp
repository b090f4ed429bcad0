// Users come and go in a table that neither grows nor shrinks: what lookups then cost, in lines that they look at.
#pragma once

#include <cstdint>

#include "table/table.hpp"
#include "table_bench/bench_time.hpp"
#include "table_bench/hold_recorder.hpp"

namespace lastbeat::bench {

// Cache lines of the table. Counts, so that they are the same on every machine.
struct LinesLooked {
  double a_status = 0;          // of a user who is there
  double a_missing_status = 0;  // of a user who never was
};

struct Churn {
  LinesLooked before;
  LinesLooked after;  // as many users have gone, and come, as there are
};

// Requires a table that holds the users 0 to `users` - 1, under the rules of TableConfig's default, and tells
// `recorder` of its holds. Afterwards it holds as many others.
[[nodiscard]] Churn measure_churn(Table& table, const HoldRecorder& recorder, BenchTime& time, std::uint64_t users,
                                  std::uint32_t threads);

}  // namespace lastbeat::bench
