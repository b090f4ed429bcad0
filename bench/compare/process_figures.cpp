#include "compare/process_figures.hpp"

#include <cerrno>
#include <ctime>
#include <fstream>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lastbeat::bench {

std::chrono::nanoseconds cpu_time_of(pid_t process) {
  const auto fail = [&](int error) {
    throw std::system_error{error, std::system_category(), "processor time of process " + std::to_string(process)};
  };
  clockid_t clock{};
  if (const int error = ::clock_getcpuclockid(process, &clock); error != 0) fail(error);
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) fail(errno);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::optional<std::uint64_t> find_resident_bytes(std::istream& smaps_rollup) {
  constexpr std::uint64_t kKilobyte = 1024;
  for (std::string line; std::getline(smaps_rollup, line);) {
    std::istringstream words{line};
    std::string name;
    std::string unit;
    std::uint64_t kilobytes = 0;
    if (words >> name >> kilobytes >> unit && name == "Rss:" && unit == "kB") return kilobytes * kKilobyte;
  }
  return std::nullopt;
}

std::uint64_t resident_bytes_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/smaps_rollup";
  std::ifstream file{path};
  const auto bytes = find_resident_bytes(file);
  if (!bytes) throw std::runtime_error{path + " does not tell the resident memory"};
  return *bytes;
}

}  // namespace lastbeat::bench
