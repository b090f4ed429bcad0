#include "bench/pinning.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace lastbeat::bench {

Pinning::Pinning(const std::vector<unsigned>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t wanted{};
  CPU_ZERO(&wanted);
  std::string list;
  for (const unsigned cpu : cpus) {
    CPU_SET(cpu, &wanted);
    if (!list.empty()) list += ",";
    list += std::to_string(cpu);
  }
  if (::sched_getaffinity(0, sizeof before_, &before_) != 0 || ::sched_setaffinity(0, sizeof wanted, &wanted) != 0) {
    throw std::system_error{errno, std::system_category(), "cannot run on processors " + list + " (--cpus)"};
  }
  is_pinned_ = true;
}

Pinning::~Pinning() {
  if (is_pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace lastbeat::bench
