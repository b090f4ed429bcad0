// What happens under the locks of a table's stripes, and for how long they are held.
#pragma once

#include <cstdint>
#include <mutex>

#include "bench/histogram.hpp"
#include "table/hold_observer.hpp"

namespace lastbeat::bench {

struct Holds {
  Histogram held_ns;
  std::uint64_t lines_touched = 0;  // in all
  std::uint32_t most_lines_touched = 0;
  std::uint32_t most_lines_moved = 0;
};

// Threads: any; a thread holds one lock at a time, as in the table. It slows down what it observes, so rates are
// measured without it; the time it takes for itself is not in held_ns.
class HoldRecorder final : public HoldObserver {
 public:
  void locked() noexcept override;
  void unlocking(const Hold& hold) noexcept override;
  [[nodiscard]] Holds holds() const;

 private:
  mutable std::mutex mutex_;
  Holds holds_;
};

}  // namespace lastbeat::bench
