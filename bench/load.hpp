// `lastbeat-bench load`.
#pragma once

#include <iosfwd>

#include "bench/options.hpp"

namespace lastbeat::bench {

// Prints the result to `out`, and progress and errors to `errors`. Exit status: 0, or 1 when the server could not be
// reached or there were errors. Ends early on SIGINT and prints what there is.
[[nodiscard]] int run_load(const LoadOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::bench
