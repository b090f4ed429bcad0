// The options of lastbeatd about where presence is kept: one store of several.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "server/dynamo_options.hpp"
#include "server/redis_options.hpp"
#include "server/remote_options.hpp"
#include "server/upstream_options.hpp"

namespace lastbeat {

// In this process.
struct InMemory {
  friend bool operator==(const InMemory&, const InMemory&) = default;
};
using StoreOptions = std::variant<InMemory, redis::Config, dynamo::Config, UpstreamOptions>;

// What they look like before they are checked.
struct RawStoreOptions {
  std::string store = "memory";
  std::string coalesce;
  RawRemoteOptions remote;
  RawUpstreamOptions upstream;
};

// `raw` outlives `app`.
void declare_store_options(CLI::App& app, RawStoreOptions& raw);

// Reads no file. Throws std::invalid_argument that says what is allowed.
[[nodiscard]] StoreOptions check_store_options(const RawStoreOptions& raw);
// For how long heartbeats to that store are held back; zero: not at all. Throws the same.
[[nodiscard]] std::chrono::milliseconds check_coalesce_option(const std::string& raw, const StoreOptions& store,
                                                              std::chrono::seconds ttl);

}  // namespace lastbeat
