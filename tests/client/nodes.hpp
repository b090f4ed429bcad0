// Several real servers in this process, as nodes over which users are spread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lastbeat/options.hpp"
#include "partition/node_lists.hpp"
#include "server/net/test_server.hpp"

namespace lastbeat::test {

inline constexpr std::size_t kMany = 300;

inline std::vector<UserId> many_users() {
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < kMany; ++i) users.push_back(UserId{i * 7});
  return users;
}

// Nodes "a", "b", "c", ..., each a server that can be stopped and started again at its address.
class Nodes {
 public:
  explicit Nodes(std::size_t count) : servers_(count), addresses_(count, "127.0.0.1:0") {
    for (std::size_t i = 0; i < count; ++i) start(i);
  }

  void start(std::size_t i, bool doubt_at_start = false) {
    TestServerConfig config;
    config.doubt_at_start = doubt_at_start;
    config.life = ++lives_;
    config.listen = {addresses_[i]};
    config.limits.linger = std::chrono::milliseconds{20};  // clients do not run while a server is stopped
    servers_[i] = std::make_unique<TestServer>(config);
    addresses_[i] = servers_[i]->address();
  }
  void stop(std::size_t i) { servers_[i].reset(); }

  [[nodiscard]] TestServer& operator[](std::size_t i) { return *servers_[i]; }
  [[nodiscard]] std::vector<ClientNode> list(std::size_t count) const {
    std::vector<ClientNode> nodes;
    for (std::size_t i = 0; i < count; ++i) nodes.push_back({.name = name(i), .server = addresses_[i]});
    return nodes;
  }
  [[nodiscard]] ClientOptions options(int replicas) const {
    using namespace std::chrono_literals;
    return {.request_timeout = 20s,
            .first_backoff = 1ms,
            .longest_backoff = 2ms,
            .nodes = list(addresses_.size()),
            .replicas = replicas};
  }
  [[nodiscard]] static std::string name(std::size_t i) { return {static_cast<char>('a' + i)}; }
  // The numbers of the nodes that have the user, by docs/partitioning.md.
  [[nodiscard]] std::set<std::size_t> homes(UserId user, Replicas replicas) const {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < addresses_.size(); ++i) nodes.push_back({name(i), 1});
    const auto lists = NodeLists::make(nodes, replicas).value();
    std::set<std::size_t> homes;
    for (const std::uint32_t home : lists.told_of(user)) {
      homes.insert(static_cast<std::size_t>(lists.name_of(home).front() - 'a'));
    }
    return homes;
  }

 private:
  std::vector<std::unique_ptr<TestServer>> servers_;
  std::vector<std::string> addresses_;
  std::uint64_t lives_ = 0;
};

inline std::size_t count(const std::vector<Presence>& statuses, Presence presence) {
  return static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), presence));
}

}  // namespace lastbeat::test
