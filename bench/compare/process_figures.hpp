// What another process uses, as the operating system sees it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>

namespace lastbeat::bench {

// Processor time of all threads of a process, those that have ended included. The kernel counts it in nanoseconds, and
// brings a thread that runs at this moment up to date at its next tick (4 ms at 250 Hz): ask when the process rests.
// Throws std::system_error when there is no such process.
[[nodiscard]] std::chrono::nanoseconds cpu_time_of(pid_t process);

// Resident memory of a process. Exact: /proc/PID/smaps_rollup looks at every page, where statm may be off by some
// hundred kilobytes, a tenth of what ten thousand connections take. Throws std::runtime_error when the system does not
// tell.
[[nodiscard]] std::uint64_t resident_bytes_of(pid_t process);

// The line "Rss: N kB" of smaps_rollup, in bytes; empty when there is none.
[[nodiscard]] std::optional<std::uint64_t> find_resident_bytes(std::istream& smaps_rollup);

}  // namespace lastbeat::bench
