// The options by which a command gets into a server: a token and TLS.
#pragma once

#include <string>

#include "lastbeat/options.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat::cli {

struct RawAccess {
  std::string token_file;
  TlsOptions tls;
};

// --token-file, --tls, --ca, --tls-name, --cert, --key. `raw` outlives `app`.
void declare_access(CLI::App& app, RawAccess& raw);

// Sets the token and TLS of `options`. Throws std::invalid_argument when options do not fit together,
// std::runtime_error when the token cannot be read.
void check_access(const RawAccess& raw, ClientOptions& options);

}  // namespace lastbeat::cli
