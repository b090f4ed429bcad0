// What the server was like over the last hour, for whoever begins to look now.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "ops/latency_histogram.hpp"
#include "ops/report.hpp"

namespace lastbeat {

// Threads: any. Memory: 100 bytes a sample, so 40 KiB.
class History {
 public:
  static constexpr std::chrono::seconds kInterval{10};  // between two samples
  static constexpr std::size_t kMostSamples = 361;      // an hour, both ends included

  // What a sample holds, by its names in the stats.
  static constexpr std::array<std::string_view, 9> kStats{
      "online", "entries", "table_bytes", "connections", "heartbeats", "leaves", "statuses", "requests", "cpu_us"};
  // And how long turns took, in nanoseconds: those since the sample before alone; 0 when there were none.
  struct Quantile {
    std::string_view name;
    double share;
  };
  static constexpr std::array<Quantile, 3> kQuantiles{
      {{"turn_p50_ns", 0.5}, {"turn_p99_ns", 0.99}, {"turn_p999_ns", 0.999}}};

  struct Sample {
    std::chrono::nanoseconds at{0};  // of the clock that add() is told
    std::array<std::uint64_t, kStats.size()> stats{};
    std::array<std::uint64_t, kQuantiles.size()> quantiles{};
  };

  // The oldest sample makes room. Times never go back.
  void add(std::chrono::nanoseconds at, const Report& report);
  // Oldest first.
  [[nodiscard]] std::vector<Sample> samples() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Sample> samples_;
  LatencyCounts turns_;  // up to the last sample
};

}  // namespace lastbeat
