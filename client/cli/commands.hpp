// Runs one command of `lastbeat` against a server.
#pragma once

#include <iosfwd>

#include "command/options.hpp"

namespace lastbeat::cli {

// Returns the exit status: 0 done, 1 the server could not be reached or refused something, 2 a bad id on `in`.
// Ids are read from `in` when the options say so; results go to `out`, errors to `errors`.
[[nodiscard]] int run(const Options& options, std::istream& in, std::ostream& out, std::ostream& errors);

}  // namespace lastbeat::cli
