// The options of lastbeatd about who may do what.
#pragma once

#include <string>
#include <vector>

#include "auth/config.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat {

// What they look like before they are checked.
struct RawAuthOptions {
  std::vector<std::string> token_files;
  std::vector<std::string> key_files;
  std::string issuer;
  std::string audience;
};

// `raw` outlives `app`.
void declare_auth_options(CLI::App& app, RawAuthOptions& raw);

// Reads no file. Throws std::invalid_argument that says what is allowed.
[[nodiscard]] auth::Config check_auth_options(const RawAuthOptions& raw);

}  // namespace lastbeat
