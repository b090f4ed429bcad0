// What the memory of this machine allows at best: the yardstick for the table's figures.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastbeat::bench {

struct MemoryLimit {
  std::uint64_t bytes = 0;  // over which it was measured
  // Read-modify-writes a second of 8 bytes at random places, prefetched; the best of a few prefetch distances.
  double rmw_per_second = 0;  // all threads together
  double rmw_per_second_1_thread = 0;
  double read_bytes_per_second = 0;  // sequential, one thread
};

// Measures over `bytes`, rounded to the nearest 2 MiB and at least that, in large pages where the system has them.
// Every figure takes `duration`. Throws std::bad_alloc when there is not that much memory.
[[nodiscard]] MemoryLimit measure_memory_limit(std::uint64_t bytes, std::uint32_t threads,
                                               std::chrono::milliseconds duration);

}  // namespace lastbeat::bench
