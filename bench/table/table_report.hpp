// What a benchmark of the table found out, for people and for programs.
#pragma once

#include <iosfwd>
#include <string>

#include "bench/options.hpp"
#include "table_bench/table_outcome.hpp"

namespace lastbeat::bench {

// Scripts rely on the names; what was not measured is null.
[[nodiscard]] std::string to_json(const TableOutcome& outcome, const TableOptions& options);

// Figures with their share of the machine's limit and their ratio to absl::flat_hash_map, where there is one.
void print(const TableOutcome& outcome, const TableOptions& options, std::ostream& out);

}  // namespace lastbeat::bench
