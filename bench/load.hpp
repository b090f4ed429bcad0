// `lastbeat-bench load`.
#pragma once

#include <iosfwd>

#include "bench/load_report.hpp"
#include "bench/options.hpp"

namespace lastbeat::bench {

// Connects, runs the load, and tells how it went; a line of progress a second. Ends early on SIGINT. Throws
// std::system_error when it cannot connect, or not run on options.cpus; what() says which.
[[nodiscard]] LoadOutcome measure_load(const LoadOptions& options, std::ostream& progress);

// Prints the result to `out`, and progress and errors to `errors`. Exit status: 0, or 1 when the server could not be
// reached or there were errors. Ends early on SIGINT and prints what there is.
[[nodiscard]] int run_load(const LoadOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::bench
