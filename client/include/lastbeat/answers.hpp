// What servers answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"

namespace lastbeat {

struct WriteResult {
  std::uint64_t refused = 0;  // new users that the server had no room for
  std::uint64_t too_old = 0;  // the age was over the ttl
};

struct UserStatus {
  UserId user{};
  Presence presence = Presence::kOffline;
  std::optional<std::chrono::seconds> age;  // since the last heartbeat or leave; empty when the server holds nothing
};

struct UserPage {
  std::vector<UserId> users;
  std::uint64_t next_cursor = 0;
  bool more = false;
};

struct UserCount {
  std::uint64_t online = 0;
  std::uint64_t entries = 0;  // users held, left and silent ones included
};

struct ServerInfo {
  std::uint8_t version = 0;
  std::uint32_t max_payload_bytes = 0;
  std::uint32_t max_ids = 0;
  std::chrono::seconds ttl{0};
  std::chrono::milliseconds interval{0};  // how often the server advises to send heartbeats
  std::chrono::seconds doubt_left{0};     // how much longer it may answer kUnknown
  std::uint64_t life = 0;                 // another one after every restart
};

// How one of several nodes is.
struct NodeInfo {
  std::string name;
  Result<ServerInfo> server;  // the error: why it does not answer
};

// What the server told about requests that were sent without asking for a reply. Sums since the client was made.
struct QuietRefusals {
  std::uint64_t requests = 0;  // refused whole
  std::uint64_t refused = 0;   // users without room
  std::uint64_t too_old = 0;   // users
};

// Names and values of the server's counters; docs/operations.md explains them.
using Stats = std::vector<std::pair<std::string, std::string>>;

}  // namespace lastbeat
