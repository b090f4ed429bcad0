// Everybody expires at once, and somebody wants to hear of each.
#pragma once

#include <cstdint>

#include "table_bench/team.hpp"

namespace lastbeat::bench {

struct Departure {
  std::uint64_t users = 0;
  SecondsTaken took{0};  // from the first pass until nobody is held
  std::uint64_t edges = 0;
  std::uint64_t edges_lost = 0;
  bool each_arrived_once = false;
  double memory_left = 0;  // resident memory afterwards as a share of its peak, each less what was there before
  [[nodiscard]] double edges_per_second() const noexcept { return static_cast<double>(edges) / took.count(); }
};

// Fills a table of its own, whose edges go to an EdgeReceiver, and lets everybody's ttl pass. Throws std::runtime_error
// when somebody stays.
[[nodiscard]] Departure measure_departure(std::uint64_t users, std::uint32_t threads);

}  // namespace lastbeat::bench
