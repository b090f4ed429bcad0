// A token to sign in with, in a file of its own.
#pragma once

#include <string>

namespace lastbeat::text {

// The one word in the file. Throws std::runtime_error that names the option and the file, and says what is wrong.
[[nodiscard]] std::string read_token_file(const std::string& option, const std::string& path);

}  // namespace lastbeat::text
