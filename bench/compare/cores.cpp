#include "compare/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "compare/descriptor.hpp"

namespace lastbeat::bench {
namespace {

unsigned choose(std::optional<unsigned> wanted, std::size_t otherwise, const char* flag,
                const std::vector<unsigned>& allowed) {
  if (!wanted) return allowed[std::min(otherwise, allowed.size() - 1)];
  if (std::find(allowed.begin(), allowed.end(), *wanted) != allowed.end()) return *wanted;
  std::string message = std::to_string(*wanted) + " is no core for " + flag + "; allowed here:";
  for (const unsigned core : allowed) message.append(" ").append(std::to_string(core));
  throw std::runtime_error{message};
}

}  // namespace

std::vector<unsigned> allowed_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  checked(::sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
  std::vector<unsigned> cores;
  for (unsigned core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

Cores choose_cores(const CompareOptions& options, const std::vector<unsigned>& allowed) {
  return {.server = choose(options.server_cpu, 0, "--server-cpu", allowed),
          .load = choose(options.load_cpu, 1, "--load-cpu", allowed)};
}

}  // namespace lastbeat::bench
