// What a socket can be waited for.
#pragma once

#include <cstdint>

namespace lastbeat {

enum class Interest : std::uint8_t { kNone, kRead, kWrite };

}  // namespace lastbeat
