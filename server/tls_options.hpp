// The options of lastbeatd about encryption.
#pragma once

#include "net/encryption.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat {

// `raw` outlives `app`.
void declare_tls_options(CLI::App& app, tls::Config& raw);

// Reads no file. Throws std::invalid_argument that says what is allowed.
[[nodiscard]] tls::Config check_tls_options(const tls::Config& raw);

}  // namespace lastbeat
