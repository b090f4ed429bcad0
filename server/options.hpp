// The command line of lastbeatd.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "auth/config.hpp"
#include "log/log.hpp"
#include "net/address.hpp"
#include "net/encryption.hpp"
#include "server/store_options.hpp"

namespace lastbeat {

enum class DoubtAtStart : std::uint8_t { kAuto, kYes, kNo };

struct Options {
  std::vector<StreamEndpoint> listen;
  std::vector<StreamEndpoint> http;
  std::vector<std::string> http_hosts;
  std::vector<std::string> http_cors_origins;
  std::chrono::milliseconds http_request_timeout{0};
  std::size_t threads = 0;
  std::chrono::seconds ttl{30};
  std::chrono::seconds retain{30};
  DoubtAtStart doubt_at_start = DoubtAtStart::kAuto;
  std::uint64_t max_connections = 0;
  std::uint64_t max_users = 0;
  unsigned sweep_cpu_percent = 0;
  std::uint64_t max_held_bytes = 0;  // see SessionLimits
  std::chrono::milliseconds idle_timeout{0};
  std::chrono::milliseconds drain_time{0};
  StoreOptions store;
  std::chrono::milliseconds coalesce{0};  // of a store outside this server; zero: nothing is held back
  bool create_table = false;              // that of the store, instead of serving
  auth::Config auth;
  tls::Config tls;
  log::Format log_format = log::Format::kText;
  log::Level log_level = log::Level::kInfo;

  friend bool operator==(const Options&, const Options&) = default;
};

// The command line was not a request to start a server: what to print, and the exit status.
struct ParseExit {
  int status = 0;
  std::string text;  // to stdout when status is 0, else to stderr
};

// Every value is checked here: what it returns can be served, as far as that can be told without trying.
[[nodiscard]] std::variant<Options, ParseExit> parse_options(int argc, const char* const* argv);

}  // namespace lastbeat
