#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/shared_session.hpp"
#include "lastbeat/client.hpp"
#include "server/store/redis/redis_cluster.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using lastbeat::test::Daemon;
using lastbeat::test::Process;
using lastbeat::test::RedisCluster;

namespace {

std::vector<std::string> arguments(const RedisCluster& cluster, const std::string& ttl) {
  return {"--store",          cluster.url(), "--store-at-start", "exit", "--ttl", ttl,
          "--doubt-at-start", "no",          "--store-timeout",  "10s"};  // on a busy machine a second may be too short
}

std::vector<std::string> checked_load(const Daemon& daemon) {
  return {"check", "--server", daemon.address(), "--users", "1000",       "--silent", "10%",
          "--ttl", "2s",       "--delay",        "2s",      "--duration", "5s"};
}

std::ptrdiff_t number_of(const std::vector<Presence>& statuses, Presence presence) {
  return std::count(statuses.begin(), statuses.end(), presence);
}

// On a busy machine servers of the cluster may lose sight of each other, and then all of them refuse.
std::vector<Presence> told_by(Client& client, const std::vector<UserId>& users) {
  constexpr int kStoreUnavailable = 7;
  auto statuses = client.status(users);
  if (statuses) return std::move(statuses).value();
  REQUIRE(statuses.error().server_code == kStoreUnavailable);
  std::vector<Presence> unknown(users.size(), Presence::kUnknown);
  return unknown;
}

}  // namespace

TEST_CASE("the session of every store, over a Redis Cluster that two servers share") {
  const RedisCluster cluster{RedisCluster::Replicas::kNone};
  const auto words = test::patient({"--store", cluster.url(), "--store-timeout", "10s"});
  test::check_shared_session(Daemon{words}, Daemon{words});
}

TEST_CASE("two servers share a Redis Cluster: no answer is wrong, and none is offline while a master is replaced") {
  RedisCluster cluster{RedisCluster::Replicas::kOneEach};
  {
    Daemon one{arguments(cluster, "2s")};
    Daemon two{arguments(cluster, "2s")};
    Process first{"lastbeat-bench", checked_load(one)};
    Process second{"lastbeat-bench", checked_load(two)};
    for (Process* const check : {&first, &second}) {
      const int status = check->wait();
      CAPTURE(check->output());
      CHECK(status == 0);
      CHECK(check->output().find(" 0 wrong") != std::string::npos);
    }
  }
  Daemon one{arguments(cluster, "5m")};
  Daemon two{arguments(cluster, "5m")};
  Client client_one{{.server = one.address()}};
  Client client_two{{.server = two.address()}};
  std::vector<UserId> users;
  for (std::uint64_t id = 1'000'000; id < 1'002'000; ++id) users.push_back(UserId{id});
  REQUIRE(client_one.heartbeat(users));
  cluster.wait_for_replicas();
  cluster.kill(0);
  const auto all = static_cast<std::ptrdiff_t>(users.size());
  const auto deadline = std::chrono::steady_clock::now() + 1min;
  bool is_whole = false;
  while (!is_whole && std::chrono::steady_clock::now() < deadline) {
    const auto heartbeat = client_one.heartbeat(users);
    const auto here = client_one.status(users);
    // What this server has taken it knows, wherever it is.
    if (heartbeat) {
      REQUIRE(here);
      CHECK(number_of(here.value(), Presence::kOnline) == all);
    }
    const std::vector<Presence> there = told_by(client_two, users);
    const std::ptrdiff_t online = number_of(there, Presence::kOnline);
    REQUIRE(online + number_of(there, Presence::kUnknown) == all);
    is_whole = online == all && cluster.ask(RedisCluster::kMasters, {"role"}).starts_with("master");
    std::this_thread::sleep_for(20ms);
  }
  CHECK(is_whole);
}
