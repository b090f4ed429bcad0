// What this process uses, as the operating system sees it.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastbeat {

struct ProcessUsage {
  std::uint64_t resident_bytes = 0;  // 0 when the system does not tell
  std::chrono::microseconds cpu{0};  // user and system, all threads
  std::uint64_t open_files = 0;      // descriptors: files, sockets; 0 when the system does not tell
  std::uint64_t max_open_files = 0;  // the limit in force
};

// Reads /proc: a few microseconds, and a few milliseconds before Linux 6.2, where descriptors have to be counted one by
// one; more than 1000 are not told there. Any thread.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace lastbeat
