// The options of lastbeatd about a Redis as the store.
#pragma once

#include <string>

#include "server/remote_options.hpp"
#include "store/redis_config.hpp"

namespace lastbeat {

[[nodiscard]] bool is_redis(const std::string& url);

// `raw`: what any store outside is told. Throws std::invalid_argument that says what is allowed and shows no password.
[[nodiscard]] redis::Config check_redis_options(const std::string& url, const RawRemoteOptions& raw);

}  // namespace lastbeat
