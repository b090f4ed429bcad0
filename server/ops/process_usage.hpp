// What this process uses, as the operating system sees it.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastbeat {

struct ProcessUsage {
  std::uint64_t resident_bytes = 0;  // 0 when the system does not tell
  std::chrono::microseconds cpu{0};  // user and system, all threads
};

// A few microseconds: reads /proc. Any thread.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace lastbeat
