// Which cores a comparison uses.
#pragma once

#include <vector>

#include "bench/compare_options.hpp"

namespace lastbeat::bench {

struct Cores {
  unsigned server = 0;
  unsigned load = 0;
};

// The cores that this process may use, ascending.
[[nodiscard]] std::vector<unsigned> allowed_cores();

// What the options say, else the first and the second of `allowed`; with one core both are that one. Throws
// std::runtime_error, naming the allowed ones, when the options say another.
[[nodiscard]] Cores choose_cores(const CompareOptions& options, const std::vector<unsigned>& allowed);

}  // namespace lastbeat::bench
