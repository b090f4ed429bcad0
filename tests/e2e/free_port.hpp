// A port for a program that cannot be told to choose one itself.
#pragma once

#include <cstdint>

namespace lastbeat::test {

// A TCP port of 127.0.0.1 that is free now. Somebody may take it before the program does: try another one then.
[[nodiscard]] std::uint16_t free_port();

}  // namespace lastbeat::test
