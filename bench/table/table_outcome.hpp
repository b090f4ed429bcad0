// Everything that a benchmark of the table found out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "table_bench/churn.hpp"
#include "table_bench/departure.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/hold_recorder.hpp"
#include "table_bench/passes.hpp"
#include "table_bench/rates.hpp"
#include "table_bench/rivals.hpp"

namespace lastbeat::bench {

struct TableOutcome {
  MemoryLimit limit;
  Growth growth;
  SteadyClock::duration spin_longest{0};
  std::optional<Holds> holds;  // of growth and churn; empty, as the next one: not looked at
  std::optional<Churn> churn;
  TableRates rates;
  Passes passes;
  Departure departure;
  std::vector<RivalOutcome> rivals;

  // Null when no hold was observed, be it that nobody looked or that the table had nothing to tell.
  [[nodiscard]] const Holds* observed_holds() const noexcept;
  // A lock is held within a call, so that the longest call is a bound where no hold was observed.
  [[nodiscard]] std::uint64_t longest_lock_ns() const noexcept;
  // Most bytes a user while growing, less the beginning, where the process's own megabytes blur the figure; empty for a
  // table that small.
  [[nodiscard]] std::optional<double> most_bytes_per_user() const noexcept;
  // Of the memory that an idle pass looks through.
  [[nodiscard]] double pass_bytes_per_second() const noexcept;
  // Null when it was not measured.
  [[nodiscard]] const RivalFigures* find_rival(std::string_view name) const noexcept;
};

}  // namespace lastbeat::bench
