// Counts what a program allocates, in all forms of new. Linking allocations.cpp in is enough: it replaces them.
#pragma once

#include <cstdint>

namespace lastbeat::test {

// By all threads that have not been left out, since the program's start. Threads: any.
[[nodiscard]] std::uint64_t allocations() noexcept;

// From now on this thread's own are not counted.
void leave_out_this_thread() noexcept;

}  // namespace lastbeat::test
