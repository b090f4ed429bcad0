#include "ops/process_usage.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace lastbeat {
namespace {

std::chrono::microseconds to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

std::uint64_t count_open_files() {
  constexpr const char* kFolder = "/proc/self/fd";
  struct stat folder {};
  if (::stat(kFolder, &folder) == 0 && folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
  // At up to 6 us each, while an event loop waits.
  constexpr std::uint64_t kMostCounted = 1000;
  std::error_code failed;
  std::uint64_t count = 0;
  for (auto entry = std::filesystem::directory_iterator{kFolder, failed}; !failed && entry != end(entry);
       entry.increment(failed)) {
    if (++count > kMostCounted) return 0;
  }
  return count == 0 ? 0 : count - 1;  // one was for looking
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
  usage.open_files = count_open_files();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.max_open_files = limit.rlim_cur;
  return usage;
}

}  // namespace lastbeat
