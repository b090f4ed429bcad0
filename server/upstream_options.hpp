// The options of lastbeatd about the servers behind it, when it is a sidecar.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lastbeat/options.hpp"
#include "net/address.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat {

// How to get in there. Empty: none.
struct UpstreamAccess {
  std::string token_file;
  bool is_encrypted = false;
  std::string ca_file;
  std::string tls_name;
  std::string cert_file;
  std::string key_file;
  friend bool operator==(const UpstreamAccess&, const UpstreamAccess&) = default;
};

// What they look like before they are checked.
struct RawUpstreamOptions {
  std::vector<std::string> nodes;  // each may be several, with commas between them
  std::string replicas;
  UpstreamAccess access;
};

struct UpstreamOptions {
  std::string nodes;  // with commas between them
  int replicas = 1;
  UpstreamAccess access;
  friend bool operator==(const UpstreamOptions&, const UpstreamOptions&) = default;
};

// `raw` outlives `app`.
void declare_upstream_options(CLI::App& app, RawUpstreamOptions& raw);

// Nothing: this is no sidecar. Reads no file. Throws std::invalid_argument that says what is allowed.
[[nodiscard]] std::optional<UpstreamOptions> check_upstream_options(const RawUpstreamOptions& raw);

// A sidecar of itself would pass everything round and round. Throws std::invalid_argument when a node is one of the
// addresses that this server listens on.
void refuse_own_addresses(const UpstreamOptions& options, std::span<const StreamEndpoint> listening);

// Reads the file of the token. Throws std::runtime_error when it cannot.
[[nodiscard]] ClientOptions upstream_client(const UpstreamOptions& options);

}  // namespace lastbeat
