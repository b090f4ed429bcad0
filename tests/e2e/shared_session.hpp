// What users and operators may count on whatever the store is: one session, told over each of them.
#pragma once

#include "e2e/process.hpp"

namespace lastbeat::test {

// The arguments of a server without doubt at the start, whose users last for longer than any test; `store` is put
// before them.
[[nodiscard]] std::vector<std::string> patient(std::vector<std::string> store);

// `one` and `two` share a store in which there is nobody. One may be the other.
void check_shared_session(const Daemon& one, const Daemon& two);

}  // namespace lastbeat::test
