// The options of lastbeatd about a table of DynamoDB as the store.
#pragma once

#include <string>

#include "server/remote_options.hpp"
#include "store/dynamo_config.hpp"

namespace lastbeat {

[[nodiscard]] bool is_dynamo(const std::string& url);

// `raw`: what any store outside is told. Throws std::invalid_argument that says what is allowed.
[[nodiscard]] dynamo::Config check_dynamo_options(const std::string& url, const RawRemoteOptions& raw);

}  // namespace lastbeat
