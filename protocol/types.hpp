// The public words of lastbeat/types.hpp, and those that stay inside.
#pragma once

#include <cstddef>
#include <vector>

#include "lastbeat/types.hpp"

namespace lastbeat {

// Bytes on their way out. Encoders append to it.
using Buffer = std::vector<std::byte>;

}  // namespace lastbeat
