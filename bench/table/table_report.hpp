// What a benchmark of the table found out, for people and for programs.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "bench/options.hpp"
#include "table_bench/departure.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/hold_recorder.hpp"
#include "table_bench/memory_limit.hpp"
#include "table_bench/passes.hpp"
#include "table_bench/rivals.hpp"
#include "table_bench/traffic.hpp"

namespace lastbeat::bench {

// Commands a second; batched and of all threads unless the name says otherwise.
struct TableRates {
  CommonRates common;
  double heartbeats_1_thread = 0;
  double mix = 0;                // 90 % heartbeats, 10 % statuses
  double single_heartbeats = 0;  // a call for each
  double single_statuses = 0;
};

struct TableOutcome {
  MemoryLimit limit;
  Growth growth;
  SteadyClock::duration spin_longest{0};
  std::optional<Holds> holds;  // empty: not observed
  TableRates rates;
  Passes passes;
  Departure departure;
  std::vector<RivalOutcome> rivals;
};

// Scripts rely on the names; what was not measured is null.
[[nodiscard]] std::string to_json(const TableOutcome& outcome, const TableOptions& options);

// Figures with their share of the machine's limit and their ratio to absl::flat_hash_map, where there is one.
void print(const TableOutcome& outcome, const TableOptions& options, std::ostream& out);

}  // namespace lastbeat::bench
