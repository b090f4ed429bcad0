// How fast the table executes commands, beside what the memory allows.
#pragma once

#include <chrono>
#include <cstdint>

#include "table_bench/bench_time.hpp"
#include "table_bench/memory_yardstick.hpp"
#include "table_bench/subject.hpp"

namespace lastbeat::bench {

// Every figure is taken in so many short slices, in turns with those that it is compared with, and the medians count:
// on a shared machine the speed changes from one second to the next, by a half at times.
inline constexpr int kSlices = 9;

// Over the memory of a yardstick, medians.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  double rmw_per_second = 0;  // all threads together, at the best prefetch distance
  double rmw_per_second_1_thread = 0;
  double read_bytes_per_second = 0;
};

struct Rate {
  double per_second = 0;
  double of_limit = 0;  // share of the limit of as many threads, the median of the slices' own shares
};

// Commands of random users; batched and of all threads unless the name says otherwise.
struct TableRates {
  Rate heartbeats;
  Rate statuses;          // of users who are there
  Rate missing_statuses;  // of users who are not
  Rate heartbeats_1_thread;
  Rate mix;                // 90 % heartbeats, 10 % statuses
  Rate single_heartbeats;  // a call for each
  Rate single_statuses;
};

struct RatesAndLimit {
  TableRates rates;
  MemoryLimit limit;
};

// Every figure takes `duration` in all. Requires a subject that holds the users 0 to `users` - 1.
[[nodiscard]] RatesAndLimit measure_rates(Subject& subject, BenchTime& time, const MemoryYardstick& yardstick,
                                          std::uint64_t users, std::uint32_t threads,
                                          std::chrono::milliseconds duration);

}  // namespace lastbeat::bench
