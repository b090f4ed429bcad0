// How long things took, counted without sharing: each event loop counts for itself, readers add up.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "ops/log_linear.hpp"

namespace lastbeat {

// What has been recorded, by one histogram or by several. Size: 15 KiB.
class LatencyCounts {
 public:
  [[nodiscard]] std::uint64_t total() const noexcept;
  [[nodiscard]] std::chrono::nanoseconds sum() const noexcept { return std::chrono::nanoseconds{sum_ns_}; }
  // How many were at most that long. Of those that come within 3.2 % of it, some may not be counted.
  [[nodiscard]] std::uint64_t at_most(std::chrono::nanoseconds bound) const noexcept;
  // The smallest duration such that at least `share` (0 to 1) of all took at most that, rounded up by 3.2 % at most.
  // 0 when nothing was recorded.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;

  void add(const LatencyCounts& other) noexcept;
  // What has been recorded since `earlier`, which these counts have grown from.
  [[nodiscard]] LatencyCounts since(const LatencyCounts& earlier) const noexcept;

 private:
  friend class LatencyHistogram;

  std::array<std::uint64_t, log_linear::kBuckets> counts_{};
  std::uint64_t sum_ns_ = 0;
};

// Threads: one writer, any readers. Padded, so that no two loops write to one cache line. A record costs less than
// 2 ns; the clock that the caller reads before it, ten times that. Size: 15 KiB, of which only what is used is touched.
class alignas(64) LatencyHistogram {
 public:
  void record(std::chrono::nanoseconds took) noexcept {
    const auto ns = took.count() < 0 ? std::uint64_t{0} : static_cast<std::uint64_t>(took.count());
    add(counts_[log_linear::index_of(ns)], 1);
    add(sum_ns_, ns);
  }
  // Records made meanwhile are in it or not; none is in it twice.
  void add_to(LatencyCounts& sum) const noexcept;

 private:
  static void add(std::atomic<std::uint64_t>& value, std::uint64_t count) noexcept {
    value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, log_linear::kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

}  // namespace lastbeat
