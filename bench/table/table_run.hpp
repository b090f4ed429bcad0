// lastbeat-bench table: the table alone, in this process.
#pragma once

#include <iosfwd>

#include "bench/options.hpp"

namespace lastbeat::bench {

// Returns the exit status: 0 done, 1 when the result could not be written or was wrong. Progress goes to `errors`.
// Throws std::exception when the users do not fit.
[[nodiscard]] int run_table(const TableOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::bench
