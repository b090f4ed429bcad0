// The programs of this machine.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace lastbeat::bench {

// The first executable file of that name in the folders of `search_path`, which is written as $PATH is. A name with a
// slash is looked for at that place alone. Empty when there is none.
[[nodiscard]] std::string find_program(const std::string& name, std::string_view search_path);

// $PATH.
[[nodiscard]] std::string_view search_path();

// The file that this process was started from.
[[nodiscard]] std::string this_program();

// The first line that a program prints when asked with --version; empty when it does not end with 0 within 5 s.
[[nodiscard]] std::string version_of(const std::string& program);

}  // namespace lastbeat::bench
