// Latencies in constant memory with a bounded relative error.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "ops/log_linear.hpp"

namespace lastbeat::bench {

// A reported value is at most 1/32 (3.2 %) above the recorded one: see log_linear.hpp. Values are whole numbers of any
// unit, here nanoseconds.
// Threads: one writer, no readers meanwhile; merge afterwards. Cost of a record: about 1.5 ns. Size: 15 KiB.
class Histogram {
 public:
  void record(std::uint64_t value, std::uint64_t count = 1) noexcept {
    counts_[log_linear::index_of(value)] += count;
    total_ += count;
    max_ = std::max(max_, value);
  }
  void merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  // The smallest value such that at least `share` (0 to 1) of all recorded ones are at most that, rounded up to its
  // bucket's end and never above max(). 0 when nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept {
    const double wanted = share * static_cast<double>(total_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen != 0 && static_cast<double>(seen) >= wanted) return std::min(log_linear::upper_end(i), max_);
    }
    return max_;
  }

 private:
  std::array<std::uint64_t, log_linear::kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace lastbeat::bench
