// The synchronous client of a Lastbeat server, or of several. Needs nothing but the standard library to be included.
//
//   lastbeat::Client client{{.server = "127.0.0.1:7230"}};
//   const std::array users{lastbeat::UserId{42}};
//   if (auto sent = client.heartbeat(users); !sent) std::cerr << sent.error().message << '\n';
//   if (auto status = client.status(users)) online = status.value()[0] == lastbeat::Presence::kOnline;
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "lastbeat/answers.hpp"
#include "lastbeat/export.h"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"

namespace lastbeat {

namespace detail {
class ClientCore;
}

// Requests that go out in one write; their replies come back in order.
class Pipeline {
 public:
  using Age = std::optional<std::chrono::milliseconds>;
  enum class Kind : std::uint8_t { kHeartbeat, kLeave, kStatus };
  struct Request {
    Kind kind;
    std::vector<UserId> users;
    Age age;
  };

  void heartbeat(std::span<const UserId> users, Age age = {}) { add(Kind::kHeartbeat, users, age); }
  void leave(std::span<const UserId> users, Age age = {}) { add(Kind::kLeave, users, age); }
  void status(std::span<const UserId> users) { add(Kind::kStatus, users, {}); }
  [[nodiscard]] std::size_t size() const noexcept { return requests_.size(); }
  [[nodiscard]] std::span<const Request> requests() const noexcept { return requests_; }
  // Forgets the requests. Cheaper than a new pipeline: their memory is used again, that of long lists of users
  // excepted.
  void clear() {
    spare_.reserve(spare_.size() + requests_.size());
    for (Request& request : requests_) {
      if (request.users.capacity() <= kMostSpareUsers) spare_.push_back(std::move(request.users));
    }
    requests_.clear();
  }

 private:
  static constexpr std::size_t kMostSpareUsers = 1024;

  void add(Kind kind, std::span<const UserId> users, Age age) {
    std::vector<UserId> list;
    if (!spare_.empty()) {
      list = std::move(spare_.back());
      spare_.pop_back();
    }
    list.assign(users.begin(), users.end());
    requests_.push_back({kind, std::move(list), age});
  }
  std::vector<Request> requests_;
  std::vector<std::vector<UserId>> spare_;  // of requests that were cleared
};
using PipelineReply = std::variant<WriteResult, std::vector<Presence>>;

// Connects when the first call needs it, and again when the connection is gone. A call that loses its connection
// returns an error and is never repeated silently: what was in flight may or may not have counted. Heartbeats, leaves
// and all questions may be repeated by the caller without harm. Pauses between attempts to connect grow exponentially
// and are random, so that a thousand clients do not return at the same moment.
//
// A server that does not ask for tokens takes no notice of one. One that refuses it is not asked again within a call:
// the error is kServer with code 8. That code later on means that the token has expired or was taken away: make a
// client with another one.
//
// Any number of users in a call: they are sent in as many requests as the server's limits ask for, pipelined.
// Ages are at most 49 days, the longest that the protocol can say; a negative age is kInvalidArgument.
//
// With several nodes (ClientOptions) it is an AsyncClient, on a thread of its own, whose outcomes are waited for: what
// is said there about nodes, and about those that are away, holds here too. Connections are made and made again while
// no call is under way. Differences from one server: a call to a node is an error when its connection breaks, and is
// not sent again; quiet calls wait until the nodes have answered; each request of a pipeline has an error of its own.
//
// Threads: one at a time. Make one client a thread. Exceptions: std::bad_alloc only, after construction.
class LASTBEAT_API Client {
 public:
  using Age = std::optional<std::chrono::milliseconds>;

  // Connects nothing. Throws std::invalid_argument when options.server is no address, the token is over 4096 bytes, or
  // a file of options.tls cannot be used; with several nodes also std::system_error when there is no thread.
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connects now instead of at the first call. Of several nodes one that is there is enough.
  Result<void> connect();
  // Of several nodes: to one at least, as far as the latest call could tell.
  [[nodiscard]] bool is_connected() const noexcept;

  // The users are alive, or were `age` ago.
  Result<WriteResult> heartbeat(std::span<const UserId> users, Age age = {});
  // The users have signed out: they are offline at once.
  Result<WriteResult> leave(std::span<const UserId> users, Age age = {});
  // The same without a reply: returns when everything is sent. A successful ping() afterwards tells that it has been
  // executed, and quiet_refusals() what was refused until then. Should the connection end before that, the next call of
  // any kind returns kClosed once.
  Result<void> heartbeat_quiet(std::span<const UserId> users, Age age = {});
  Result<void> leave_quiet(std::span<const UserId> users, Age age = {});
  [[nodiscard]] QuietRefusals quiet_refusals() const noexcept;

  // result[i] is about users[i].
  Result<std::vector<Presence>> status(std::span<const UserId> users);
  Result<std::vector<UserStatus>> status_detailed(std::span<const UserId> users);

  // One page of everybody who is online, `limit` users at most (0: as many as the server likes). Start with cursor 0.
  Result<UserPage> online(std::uint64_t cursor = 0, std::uint32_t limit = 0);
  Result<UserCount> count();
  Result<Stats> stats();
  // The time from sending to the reply.
  Result<std::chrono::nanoseconds> ping();
  Result<ServerInfo> hello();

  // All of the pipeline's requests; result[i] belongs to the i-th. An error of one request does not touch the others;
  // an error of the connection is the error of the whole.
  Result<std::vector<Result<PipelineReply>>> run(const Pipeline& pipeline);

  // Over several nodes: replaces their list, as AsyncClient::set_nodes().
  Result<void> set_nodes(std::vector<ClientNode> nodes);

 private:
  std::unique_ptr<detail::ClientCore> core_;
};

}  // namespace lastbeat
