// `lastbeat-bench check`.
#pragma once

#include <iosfwd>

#include "bench/options.hpp"

namespace lastbeat::bench {

// Exit status: 0 when no answer was wrong or missing and no request failed, else 1. Ends early on SIGINT and prints
// what there is.
[[nodiscard]] int run_check(const CheckOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::bench
