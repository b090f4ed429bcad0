// Keeps users alive: sends their heartbeats as often as the server advises.
//
//   lastbeat::HeartbeatAgent agent{{.server = "127.0.0.1:7230"}};
//   agent.add(lastbeat::UserId{42});     // online from now on ...
//   agent.remove(lastbeat::UserId{42});  // ... until now
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "lastbeat/export.h"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"

namespace lastbeat {

class AsyncClient;

struct AgentOptions {
  std::size_t most_users = 1'000'000;
  std::optional<std::chrono::milliseconds> interval{};  // empty: what the server advises
  // Told when heartbeats or leaves could not be sent, and when they can again (nullptr); on the agent's thread. Must
  // neither throw nor call or destroy the agent.
  std::function<void(const Error*)> on_trouble{};
};

struct AgentCounters {
  std::uint64_t users = 0;           // kept alive now
  std::uint64_t heartbeats = 0;      // users' heartbeats that the server took
  std::uint64_t leaves = 0;          // users' leaves that the server took
  std::uint64_t refused = 0;         // users' heartbeats that it had no room for
  std::uint64_t failed_batches = 0;  // which are tried again
};

// A user's first heartbeat goes out at once, the next ones at a random phase of the interval, so that a million users
// are a steady stream of batches. The interval is the server's advice, asked for again once an interval, less up to a
// tenth at random. What fails is tried again soon; a leave for as long as it says anything new, which is the server's
// ttl.
//
// Memory: about 80 bytes a user. At most a few batches are on their way at once.
//
// Threads: any, also at the same time, except for destruction. Exceptions: std::bad_alloc only, after construction.
class LASTBEAT_API HeartbeatAgent {
 public:
  // With a thread and a connection of its own. Connects on that thread. Throws as lastbeat::Client does,
  // and std::invalid_argument when the interval is not positive.
  explicit HeartbeatAgent(ClientOptions client, AgentOptions options = {});
  // Through the caller's client and on its executor; `client` must outlive the agent.
  explicit HeartbeatAgent(AsyncClient& client, AgentOptions options = {});
  // on_trouble is not called any more once this returns. Waits for the end of a lookup of the server's name, which
  // cannot be interrupted. Users that are kept alive stay online for the rest of the ttl. Leaves that have not been
  // sent are lost.
  ~HeartbeatAgent();
  HeartbeatAgent(const HeartbeatAgent&) = delete;
  HeartbeatAgent& operator=(const HeartbeatAgent&) = delete;

  // False: there are most_users already, those who have left and could not be told of yet included. A user who is there
  // stays there.
  [[nodiscard]] bool add(UserId user);
  // Says no more that the user is alive; with `leave` says that they have left. A user who is not there is no error.
  void remove(UserId user, bool leave = true);
  [[nodiscard]] AgentCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lastbeat
