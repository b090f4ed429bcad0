#include "server/store/redis/redis_cluster.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "e2e/free_port.hpp"

namespace lastbeat::test {
namespace {

using namespace std::chrono_literals;

// Servers of a cluster speak with each other there.
constexpr unsigned kBusOffset = 10'000;

void wait_until(const std::string& what, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + 1min;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("Redis Cluster: in vain: " + what);
    std::this_thread::sleep_for(20ms);
  }
}

std::string redis_cli(std::uint16_t port, const std::vector<std::string>& words) {
  std::vector<std::string> command{"-p", std::to_string(port)};
  command.insert(command.end(), words.begin(), words.end());
  std::string answer = run("redis-cli", command).output;
  while (answer.ends_with('\n') || answer.ends_with('\r')) answer.pop_back();
  return answer;
}

bool says(const std::string& text, const std::string& line) { return text.find(line) != std::string::npos; }

}  // namespace

RedisCluster::RedisCluster(Replicas replicas) {
  const std::size_t servers = replicas == Replicas::kNone ? kMasters : 2 * kMasters;
  while (servers_.size() < servers) servers_.push_back(start());
  for (std::size_t i = 0; i < kMasters; ++i) {
    std::vector<std::string> command{"cluster", "addslots"};
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (first_owner_of(slot) == i) command.push_back(std::to_string(slot));
    }
    static_cast<void>(ask(i, command));
    static_cast<void>(ask(i, {"cluster", "set-config-epoch", std::to_string(i + 1)}));
  }
  for (std::size_t i = 1; i < servers; ++i) static_cast<void>(ask(0, {"cluster", "meet", "127.0.0.1", port(i)}));
  const std::string known = "cluster_known_nodes:" + std::to_string(servers);
  for (std::size_t i = 0; i < servers; ++i) {
    wait_until("all know all", [&] { return says(ask(i, {"cluster", "info"}), known); });
  }
  for (std::size_t i = kMasters; i < servers; ++i) {
    const std::string master = id(i - kMasters);
    wait_until("a replica", [&] { return ask(i, {"cluster", "replicate", master}) == "OK"; });
  }
  for (std::size_t i = 0; i < servers; ++i) {
    wait_until("the cluster serves", [&] { return says(ask(i, {"cluster", "info"}), "cluster_state:ok"); });
  }
  // Replicas take over what their master is known to be replicated by.
  for (std::size_t i = kMasters; i < servers; ++i) {
    wait_until("a replica follows", [&] { return says(ask(i, {"info", "replication"}), "master_link_status:up"); });
    wait_until("all know the replicas", [&] {
      for (std::size_t asked = 0; asked < kMasters; ++asked) {
        if (!says(ask(asked, {"cluster", "replicas", id(i - kMasters)}), id(i))) return false;
      }
      return true;
    });
  }
}

// The port may be gone again before the server has it: it ends then, and the next one tries another.
RedisCluster::Server RedisCluster::start() {
  Server server;
  wait_until("a server starts", [&] {
    if (!server.process || !server.process->is_running()) {
      do server.port = free_port();
      while (server.port >= 65'536 - kBusOffset);
      const std::string name = std::to_string(server.port);
      server.process =
          std::make_unique<Process>("redis-server", std::vector<std::string>{"--port",
                                                                             name,
                                                                             "--bind",
                                                                             "127.0.0.1",
                                                                             "--save",
                                                                             "",
                                                                             "--dir",
                                                                             folder_.path().string(),
                                                                             "--logfile",
                                                                             name + ".log",
                                                                             "--cluster-enabled",
                                                                             "yes",
                                                                             "--cluster-config-file",
                                                                             name + ".conf",
                                                                             "--cluster-node-timeout",
                                                                             "2000",
                                                                             "--cluster-replica-validity-factor",
                                                                             "0",
                                                                             "--cluster-require-full-coverage",
                                                                             "no",
                                                                             "--repl-diskless-sync-delay",
                                                                             "0"});
    }
    return says(redis_cli(server.port, {"info", "server"}), "process_id:" + std::to_string(server.process->id()));
  });
  return server;
}

std::string RedisCluster::url() const {
  std::string url = "redis-cluster://";
  for (std::size_t i = 0; i < kMasters; ++i) url.append(i == 0 ? "" : ",").append(server(i));
  return url;
}

void RedisCluster::kill(std::size_t i) {
  servers_[i].process->signal(SIGKILL);
  servers_[i].process->wait();
}

std::string RedisCluster::ask(std::size_t i, const std::vector<std::string>& words) const {
  return redis_cli(servers_[i].port, words);
}

void RedisCluster::wait_for_replicas() const {
  for (std::size_t i = 0; i < kMasters; ++i) {
    wait_until("replicas are as their masters", [&] { return ask(i, {"dbsize"}) == ask(i + kMasters, {"dbsize"}); });
  }
}

}  // namespace lastbeat::test
