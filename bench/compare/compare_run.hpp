// lastbeat-bench compare: the same loads on lastbeatd, on a bare echo, and on the servers that could do its work.
#pragma once

#include <iosfwd>

#include "bench/compare_options.hpp"

namespace lastbeat::bench {

// Starts the servers, measures, ends them, prints; progress goes to `errors`. Exit status: 0, or 1 when a run had
// errors, the result could not be written, or SIGINT came: then what was measured before it is printed. Throws
// std::runtime_error when a server cannot be started or fails, or a core is none that may be used.
[[nodiscard]] int run_compare(const CompareOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::bench
