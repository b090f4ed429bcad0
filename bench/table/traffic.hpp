// Heartbeats and statuses of random users, as fast as they go.
#pragma once

#include <chrono>
#include <cstdint>

#include "table_bench/bench_time.hpp"
#include "table_bench/subject.hpp"

namespace lastbeat::bench {

struct Traffic {
  std::uint32_t threads = 1;
  std::uint64_t users = 1;                 // at most 2^32; users 0 to `users` - 1 are there
  std::uint32_t heartbeats = 100;          // percent, the rest are statuses
  bool known = true;                       // of users who are there; else of ones who never were
  std::uint32_t commands_a_call = kBatch;  // divides kBatch
};

// Commands a second. Heartbeats move the time on, a second for every quarter of the users: in the field nearly every
// heartbeat has something to write, and with the time standing still none but the first would.
[[nodiscard]] double measure_traffic(Subject& subject, BenchTime& time, const Traffic& traffic,
                                     std::chrono::milliseconds duration);

// What is asked of the table and its rivals alike. Commands a second, in batches.
struct CommonRates {
  double heartbeats = 0;
  double statuses = 0;          // of users who are there
  double missing_statuses = 0;  // of users who are not
};
[[nodiscard]] CommonRates measure_common_rates(Subject& subject, BenchTime& time, std::uint64_t users,
                                               std::uint32_t threads, std::chrono::milliseconds duration);

// A heartbeat for each of the `users` users from `first` on, in the second that it is, except for every `except`-th,
// from 0 on; 0: for all.
void beat_everybody(Subject& subject, std::uint64_t users, std::uint32_t threads, std::uint64_t except = 0,
                    std::uint64_t first = 0);

}  // namespace lastbeat::bench
