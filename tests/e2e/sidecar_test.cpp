// A lastbeatd in front of others.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "e2e/process.hpp"
#include "e2e/restarting_daemon.hpp"
#include "lastbeat/client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using lastbeat::test::Daemon;
using lastbeat::test::run;
using Upstream = lastbeat::test::RestartingDaemon;

namespace {

constexpr UserId kUser{42};
constexpr UserId kOther{43};

Client client_of(const Daemon& daemon) { return Client{{.server = daemon.address()}}; }

Presence status(Client& client, UserId user) { return client.status(std::vector{user}).value()[0]; }

std::uint64_t stat(Client& client, const std::string& name) {
  for (const auto& [key, value] : client.stats().value()) {
    if (key == name) return std::stoull(value);
  }
  throw std::runtime_error("no stat " + name);
}

// A minute at most.
template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 1min;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

void wait_until_reachable(Client& sidecar) {
  REQUIRE(comes_true([&] { return stat(sidecar, "store_reachable") == 1; }));
}

}  // namespace

TEST_CASE("through a sidecar a first heartbeat and a leave are upstream at once, and so are answers from there") {
  Upstream upstream;
  // Nothing that is held back goes upstream before the test is over.
  Daemon daemon{{"--upstream", upstream.address(), "--coalesce", "15s"}};
  Client sidecar = client_of(daemon);
  Client there = upstream.client();
  CHECK(status(sidecar, kUser) == Presence::kOffline);
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  CHECK(status(sidecar, kUser) == Presence::kOnline);
  CHECK(comes_true([&] { return status(there, kUser) == Presence::kOnline; }));
  REQUIRE(sidecar.leave(std::vector{kUser}));
  CHECK(status(sidecar, kUser) == Presence::kLeft);
  CHECK(comes_true([&] { return status(there, kUser) == Presence::kLeft; }));
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  CHECK(status(sidecar, kUser) == Presence::kOnline);
  CHECK(comes_true([&] { return status(there, kUser) == Presence::kOnline; }));

  REQUIRE(there.heartbeat(std::vector{kOther}));
  CHECK(status(sidecar, kOther) == Presence::kOnline);
  CHECK(comes_true([&] {
    const auto count = sidecar.count();
    return count && count.value().online == 2;
  }));
  CHECK(stat(sidecar, "online_known") == 1);
  const auto listing = sidecar.online();
  REQUIRE_FALSE(listing);
  CHECK(listing.error().server_code == 10);
}

TEST_CASE("requests of one user that come together are answered in their order") {
  Upstream upstream;
  Daemon daemon{{"--upstream", upstream.address()}};
  Client sidecar = client_of(daemon);
  const std::vector user{kUser};
  Pipeline pipeline;
  pipeline.status(user);
  pipeline.heartbeat(user);
  pipeline.status(user);
  pipeline.leave(user);
  pipeline.status(user);
  pipeline.heartbeat(user);
  pipeline.status(user);
  const auto replies = sidecar.run(pipeline).value();
  const auto presence = [&](std::size_t i) { return std::get<std::vector<Presence>>(replies[i].value())[0]; };
  CHECK(presence(0) == Presence::kOffline);
  CHECK(presence(2) == Presence::kOnline);
  CHECK(presence(4) == Presence::kLeft);
  CHECK(presence(6) == Presence::kOnline);
}

TEST_CASE("of a user's heartbeats one goes upstream at first, and the last before the sidecar stops") {
  Upstream upstream;
  Daemon daemon{{"--upstream", upstream.address(), "--coalesce", "15s"}};
  Client sidecar = client_of(daemon);
  Client there = upstream.client();
  for (int i = 0; i < 100; ++i) REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  CHECK(status(sidecar, kUser) == Presence::kOnline);
  REQUIRE(comes_true([&] { return status(there, kUser) == Presence::kOnline; }));
  CHECK(stat(there, "heartbeats") == 1);
  CHECK(stat(sidecar, "heartbeats") == 100);
  CHECK(stat(sidecar, "store_coalesced") == 98);
  CHECK(stat(sidecar, "store_kept") == 1);
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK(stat(there, "heartbeats") == 2);
}

TEST_CASE("heartbeats that are held back go upstream when their time has come") {
  Upstream upstream;
  Daemon daemon{{"--upstream", upstream.address(), "--coalesce", "100ms"}};
  Client sidecar = client_of(daemon);
  Client there = upstream.client();
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  // One that comes before the first has gone would take its place, and one of the same millisecond says nothing new.
  REQUIRE(comes_true([&] { return stat(there, "heartbeats") == 1; }));
  std::this_thread::sleep_for(2ms);
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  CHECK(comes_true([&] { return stat(there, "heartbeats") == 2; }));
  CHECK(comes_true([&] { return stat(sidecar, "store_kept") == 0; }));
  CHECK(stat(sidecar, "store_operations") == 2);
}

TEST_CASE("while the upstream is away and after it has come back empty, nobody is said to be offline") {
  Upstream upstream;
  Daemon daemon{{"--upstream", upstream.address(), "--coalesce", "100ms"}};
  Client sidecar = client_of(daemon);
  wait_until_reachable(sidecar);
  REQUIRE(sidecar.heartbeat(std::vector{kUser, kOther}));
  REQUIRE(status(sidecar, kUser) == Presence::kOnline);

  upstream.kill();
  // Heartbeats are taken all the same, and known here; others are not.
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  CHECK(status(sidecar, kUser) == Presence::kOnline);
  const auto unknown = sidecar.status(std::vector{kOther});
  CHECK((unknown ? unknown.value()[0] == Presence::kUnknown : unknown.error().server_code == 7));
  const auto both = sidecar.status(std::vector{kUser, kOther}).value();
  CHECK(both == std::vector{Presence::kOnline, Presence::kUnknown});
  CHECK(comes_true([&] { return stat(sidecar, "store_reachable") == 0; }));
  CHECK(stat(sidecar, "store_failures") >= 2);

  upstream.start();
  Client there = upstream.client();
  std::size_t wrong = 0;
  CHECK(comes_true([&] {
    const auto mine = sidecar.status(std::vector{kUser});
    if (!mine || mine.value()[0] != Presence::kOnline) ++wrong;
    const auto theirs = sidecar.status(std::vector{kOther});
    if (theirs && theirs.value()[0] != Presence::kUnknown) ++wrong;
    return status(there, kUser) == Presence::kOnline;
  }));
  CHECK(wrong == 0);
  wait_until_reachable(sidecar);
  CHECK(status(sidecar, kOther) == Presence::kUnknown);
  REQUIRE(sidecar.heartbeat(std::vector{kOther}));
  CHECK(status(sidecar, kOther) == Presence::kOnline);
}

TEST_CASE("over several nodes, one that is killed makes nobody offline") {
  const int replicas = GENERATE(1, 2);
  CAPTURE(replicas);
  Upstream a;
  Upstream b;
  Upstream c;
  Daemon daemon{{"--upstream", a.address() + "," + b.address() + "," + c.address(), "--replicas",
                 std::to_string(replicas), "--coalesce", "15s"}};
  Client sidecar = client_of(daemon);
  wait_until_reachable(sidecar);
  std::vector<UserId> users;
  for (std::uint64_t id = 0; id < 300; ++id) users.push_back(UserId{id});
  REQUIRE(sidecar.heartbeat(users));
  const auto count_of = [&](Presence presence) {
    const auto statuses = sidecar.status(users).value();
    return std::count(statuses.begin(), statuses.end(), presence);
  };
  // Whatever is still on its way counts here; afterwards it is there.
  CHECK(count_of(Presence::kOnline) == 300);
  REQUIRE(comes_true([&] { return stat(sidecar, "store_kept") == 0 && stat(sidecar, "store_operations") >= 600; }));
  CHECK(stat(sidecar, "store_nodes") == 3);
  CHECK(stat(sidecar, "store_nodes_reachable") == 3);
  b.kill();
  const auto online = count_of(Presence::kOnline);
  const auto unknown = count_of(Presence::kUnknown);
  CHECK(online + unknown == 300);
  CHECK((unknown == 0) == (replicas == 2));
  CHECK(online > 100);
  const std::string name = "node " + b.address() + " upstream is ";
  CHECK(daemon.process().read_until(name + "lost").find("the upstream cannot be reached") == std::string::npos);
  CHECK(comes_true([&] { return stat(sidecar, "store_nodes_reachable") == 2; }));
  CHECK(stat(sidecar, "store_reachable") == 1);
  b.start();
  daemon.process().read_until(name + "back");
  CHECK(comes_true([&] { return stat(sidecar, "store_nodes_reachable") == 3; }));
}

TEST_CASE("what can wait is bounded, and what is given up is counted") {
  // Nobody is there.
  Daemon daemon{{"--upstream", "127.0.0.1:1", "--ttl", "1s", "--coalesce", "100ms", "--max-users", "2"}};
  Client sidecar = client_of(daemon);
  const auto taken = sidecar.heartbeat(std::vector{UserId{1}, UserId{2}, UserId{3}});
  CHECK(taken.value().refused == 1);
  CHECK(stat(sidecar, "store_overflows") == 1);
  CHECK(comes_true([&] { return stat(sidecar, "store_dropped") == 2; }));
  CHECK(stat(sidecar, "store_kept") == 0);
  CHECK(stat(sidecar, "store_reachable") == 0);
}

TEST_CASE("a sidecar whose upstream is away stops in time, and says what is lost") {
  Daemon daemon{{"--upstream", "127.0.0.1:1"}};
  Client sidecar = client_of(daemon);
  REQUIRE(sidecar.heartbeat(std::vector{kUser}));
  // Nobody has said yet how many there are: 0 would be a guess.
  const auto count = sidecar.count();
  REQUIRE_FALSE(count);
  CHECK(count.error().server_code == 10);
  CHECK(stat(sidecar, "online_known") == 0);
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK(daemon.process().output().find("the upstream cannot be reached") != std::string::npos);
  CHECK(daemon.process().output().find("could not be told of 1 users'") != std::string::npos);
}

TEST_CASE("a sidecar says when its ttl is another one than the upstream's") {
  Upstream upstream{{"--ttl", "7s"}};
  Daemon daemon{{"--upstream", upstream.address()}};
  CHECK(daemon.process().read_until("set the same").find("7 s upstream") != std::string::npos);
}

TEST_CASE("a checked load through a sidecar finds no wrong answer") {
  Upstream upstream{{"--ttl", "2s"}};
  Daemon daemon{{"--upstream", upstream.address(), "--ttl", "2s", "--coalesce", "500ms"}};
  // What is passed on may count as newer by its time on the way, which on a busy machine is long.
  const auto checked = run("lastbeat-bench", {"check", "--server", daemon.address(), "--users", "2000", "--silent",
                                              "10%", "--ttl", "2s", "--delay", "2s", "--duration", "8s"});
  CAPTURE(checked.output);
  CHECK(checked.status == 0);
  CHECK(checked.output.find(" 0 wrong") != std::string::npos);
}
