// A comparison for people and for programs.
#pragma once

#include <string>

#include "compare/outcome.hpp"

namespace lastbeat::bench {

// Every run and what they come to. Scripts rely on the names.
[[nodiscard]] std::string to_json(const CompareOutcome& outcome, const CompareOptions& options);

// Tables of medians, and ratios to Lastbeat with the lowest and highest of all rounds.
[[nodiscard]] std::string to_text(const CompareOutcome& outcome, const CompareOptions& options);
[[nodiscard]] std::string to_markdown(const CompareOutcome& outcome, const CompareOptions& options);

}  // namespace lastbeat::bench
