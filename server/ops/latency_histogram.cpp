#include "ops/latency_histogram.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace lastbeat {

std::uint64_t LatencyCounts::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t LatencyCounts::at_most(std::chrono::nanoseconds bound) const noexcept {
  const auto limit = static_cast<std::uint64_t>(bound.count());
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts_.size() && log_linear::upper_end(i) <= limit; ++i) count += counts_[i];
  return count;
}

std::chrono::nanoseconds LatencyCounts::quantile(double share) const noexcept {
  const double wanted = share * static_cast<double>(total());
  std::uint64_t seen = 0;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    seen += counts_[i];
    end = log_linear::upper_end(i);
    if (static_cast<double>(seen) >= wanted) break;
  }
  return std::chrono::nanoseconds{end};
}

void LatencyCounts::add(const LatencyCounts& other) noexcept {
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus{});
  sum_ns_ += other.sum_ns_;
}

LatencyCounts LatencyCounts::since(const LatencyCounts& earlier) const noexcept {
  LatencyCounts recent;
  std::transform(counts_.begin(), counts_.end(), earlier.counts_.begin(), recent.counts_.begin(), std::minus{});
  recent.sum_ns_ = sum_ns_ - earlier.sum_ns_;
  return recent;
}

void LatencyHistogram::add_to(LatencyCounts& sum) const noexcept {
  for (std::size_t i = 0; i < counts_.size(); ++i) sum.counts_[i] += counts_[i].load(std::memory_order_relaxed);
  sum.sum_ns_ += sum_ns_.load(std::memory_order_relaxed);
}

}  // namespace lastbeat
