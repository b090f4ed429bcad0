// What is done under one hold of a stripe's lock, for tests and benchmarks.
#pragma once

#include <cstdint>

namespace lastbeat {

// In cache lines of 64 bytes.
struct Hold {
  std::uint32_t lines_touched = 0;  // looks at a line, whether it is changed or not; a second look counts again
  std::uint32_t lines_moved = 0;    // of them, copied elsewhere: a stripe was rebuilt
};

// Threads: any, at once. Both are called with the lock held. A table that has none pays a branch a hold.
class HoldObserver {
 public:
  virtual ~HoldObserver() = default;
  virtual void locked() noexcept = 0;
  virtual void unlocking(const Hold& hold) noexcept = 0;
};

}  // namespace lastbeat
