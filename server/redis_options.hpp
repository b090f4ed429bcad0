// The options of lastbeatd about a Redis as the store, besides --store itself.
#pragma once

#include <string>

#include "store/redis_config.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat {

// What they look like before they are checked.
struct RawRedisOptions {
  std::string prefix = "lastbeat:";
  std::string at_start = "retry";
  std::string timeout = "1s";
  std::string backlog = std::to_string(redis::Config::kUsualBacklog);
  std::string tls_ca;
  friend bool operator==(const RawRedisOptions&, const RawRedisOptions&) = default;
};

// `raw` outlives `app`.
void declare_redis_options(CLI::App& app, RawRedisOptions& raw);

// Throws std::invalid_argument that says what is allowed and shows no password.
[[nodiscard]] redis::Config check_redis_options(const std::string& url, const RawRedisOptions& raw);

}  // namespace lastbeat
