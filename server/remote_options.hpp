// The options about a store outside this process, whichever it is, besides --store itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "store/redis_config.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 names it
class App;
}

namespace lastbeat {

// What they look like before they are checked.
struct RawRemoteOptions {
  std::string prefix = "lastbeat:";
  std::string at_start = "retry";
  std::string timeout = "1s";
  std::string backlog = std::to_string(redis::Config::kUsualBacklog);
  std::string tls_ca;
  friend bool operator==(const RawRemoteOptions&, const RawRemoteOptions&) = default;
};

// `raw` outlives `app`.
void declare_remote_options(CLI::App& app, RawRemoteOptions& raw);

// Each throws std::invalid_argument that says what is allowed.
[[nodiscard]] std::chrono::milliseconds store_timeout(const std::string& text);
[[nodiscard]] std::size_t store_backlog(const std::string& text);
// --store-at-start
[[nodiscard]] bool must_answer_at_start(const std::string& text);

}  // namespace lastbeat
