// Growth: from nobody to everybody, by batched heartbeats.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/histogram.hpp"
#include "table_bench/subject.hpp"
#include "table_bench/team.hpp"

namespace lastbeat::bench {

struct GrowthSample {
  std::uint64_t users = 0;
  double bytes_per_user = 0;  // resident memory of the process, less what it had before the subject was made
};

struct Growth {
  SecondsTaken took{0};
  std::uint64_t users = 0;
  std::vector<GrowthSample> samples;  // in order; the last one was taken when everybody was there
  Histogram call_ns;                  // every call of a batch

  [[nodiscard]] double inserts_per_second() const noexcept { return static_cast<double>(users) / took.count(); }
  [[nodiscard]] double bytes_per_user() const noexcept { return samples.back().bytes_per_user; }
  [[nodiscard]] double peak_bytes() const noexcept;
  // The highest sample from `users` on; empty when it did not grow that far.
  [[nodiscard]] std::optional<double> most_bytes_per_user_from(std::uint64_t users) const noexcept;
};

// Resident memory of the process, with what the heap can give back given back.
[[nodiscard]] std::uint64_t settled_resident_bytes();

// Fills `subject` with the users 0 to `users` - 1. `bytes_before`: settled_resident_bytes() before it was made. Throws
// std::runtime_error when it does not hold them all in the end.
[[nodiscard]] Growth grow(Subject& subject, std::uint64_t users, std::uint32_t threads, std::uint64_t bytes_before);

// The longest gap between two looks at the clock that threads which do nothing else meet within `duration`: what the
// machine takes away from anybody, with which the longest call compares.
[[nodiscard]] SteadyClock::duration longest_spin_gap(std::uint32_t threads, SecondsTaken duration);

}  // namespace lastbeat::bench
