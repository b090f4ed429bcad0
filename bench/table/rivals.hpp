// The maps that one would take instead of the table: striped, and asked the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/options.hpp"
#include "table_bench/traffic.hpp"

namespace lastbeat::bench {

struct RivalFigures {
  double inserts_per_second = 0;
  double bytes_per_user = 0;
  CommonRates rates;
};

struct RivalOutcome {
  std::string_view name;
  std::string skipped;  // why; empty when it was measured
  RivalFigures figures;
};

// One rival after the other, each on the memory that the one before gave back: absl::flat_hash_map and
// std::unordered_map from id to second, in 1024 stripes with a std::mutex each. One that would not fit into the memory
// that is available is skipped.
[[nodiscard]] std::vector<RivalOutcome> measure_rivals(const TableOptions& options);

}  // namespace lastbeat::bench
