// What passes cost, and what they cost others.
#pragma once

#include <chrono>
#include <cstdint>

#include "table_bench/bench_time.hpp"
#include "table_bench/pass.hpp"

namespace lastbeat::bench {

struct Passes {
  PassFigures idle;              // nobody expires; the median of a few
  PassFigures expiring;          // one user in 2,000 does
  double heartbeats_alone = 0;   // a second, of one thread; the median of slices
  double heartbeats_during = 0;  // the same while another thread passes all the time
  double loss_percent = 0;       // the median of each slice's loss against the slice before it
};

// Requires a table that holds the users 0 to `users` - 1, and no others, under the rules of TableConfig's default. It
// does so afterwards as well. Heartbeats take `duration` in all, alone, and as long during passes.
[[nodiscard]] Passes measure_passes(Table& table, BenchTime& time, std::uint64_t users, std::uint32_t threads,
                                    std::chrono::milliseconds duration);

}  // namespace lastbeat::bench
