#include "ops/process_usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace lastbeat {
namespace {

std::chrono::microseconds to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> total_pages >> resident_pages) {
    usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  rusage times{};
  if (::getrusage(RUSAGE_SELF, &times) == 0) usage.cpu = to_duration(times.ru_utime) + to_duration(times.ru_stime);
  return usage;
}

}  // namespace lastbeat
