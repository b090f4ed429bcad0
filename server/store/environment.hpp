// Variables of the environment, handed in where they matter.
#pragma once

#include <functional>
#include <string>

namespace lastbeat {

// The value of a variable; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;

// That of this process. Before there are threads that change it; nothing here does.
[[nodiscard]] std::string process_environment(const char* name);

}  // namespace lastbeat
