// Where threads may run.
#pragma once

#include <sched.h>

#include <vector>

namespace lastbeat::bench {

// While it lives the calling thread, and the threads that it starts, run on these processors only; afterwards the
// calling thread runs where it did before, and the others stay. Nothing happens without processors. Throws
// std::system_error when the system has, or allows, none of them.
class Pinning {
 public:
  explicit Pinning(const std::vector<unsigned>& cpus);
  ~Pinning();
  Pinning(const Pinning&) = delete;
  Pinning& operator=(const Pinning&) = delete;

 private:
  bool is_pinned_ = false;
  cpu_set_t before_{};
};

}  // namespace lastbeat::bench
