// The text of a stats reply.
#pragma once

#include <span>
#include <string>

#include "ops/report.hpp"

namespace lastbeat {

// Lines of "name value\n", in the order of the readings; those of one name are added up. docs/operations.md explains
// every name.
[[nodiscard]] std::string stats_text(std::span<const Reading> readings);

}  // namespace lastbeat
