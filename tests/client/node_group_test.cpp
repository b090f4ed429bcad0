// Clients over several real servers.
#include "node_group.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "client/async_bench.hpp"
#include "client/nodes.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;

namespace {

Result<WriteResult> heartbeat(Bench& bench, const std::vector<UserId>& users) {
  Written written;
  bench.client->heartbeat(users, bench.keep(written));
  bench.run();
  return *written;
}

std::vector<Presence> status(Bench& bench, const std::vector<UserId>& users) {
  Statuses statuses;
  bench.client->status(users, bench.keep(statuses));
  bench.run();
  return statuses->value();
}

}  // namespace

TEST_CASE("nodes: users are spread, and what is said about them comes back in the caller's order") {
  const int replicas = GENERATE(1, 2);
  Nodes nodes{3};
  Bench bench{nodes.options(replicas)};
  auto users = many_users();
  std::vector<UserId> online;
  for (std::size_t i = 0; i < users.size(); i += 3) online.push_back(users[i]);
  REQUIRE(heartbeat(bench, online).ok());
  const auto statuses = status(bench, users);
  for (std::size_t i = 0; i < users.size(); ++i) {
    CHECK(statuses[i] == (i % 3 == 0 ? Presence::kOnline : Presence::kOffline));
  }
  std::size_t copies = 0;
  for (std::size_t i = 0; i < 3; ++i) copies += nodes[i].stat("entries");
  CHECK(copies == online.size() * static_cast<std::size_t>(replicas));
  Written left;
  bench.client->leave(online, bench.keep(left));
  bench.run();
  CHECK(left->ok());
  CHECK(count(status(bench, users), Presence::kLeft) == online.size());
  std::optional<Result<std::vector<UserStatus>>> detailed;
  bench.client->status_detailed(users, bench.keep(detailed));
  bench.run();
  for (std::size_t i = 0; i < users.size(); ++i) {
    CHECK(detailed->value()[i].user == users[i]);
    CHECK(detailed->value()[i].age.has_value() == (i % 3 == 0));
  }
  CHECK(status(bench, {}).empty());
  CHECK(heartbeat(bench, {}).ok());
}

TEST_CASE("nodes: one that is lost is an error for its users only") {
  Nodes nodes{3};
  Bench bench{nodes.options(1)};
  const auto users = many_users();
  REQUIRE(heartbeat(bench, users).ok());
  nodes.stop(1);
  for (int round = 0; round < 2; ++round) {  // the connection breaks; the node is known to be away
    const auto written = heartbeat(bench, users);
    const auto statuses = status(bench, users);
    REQUIRE_FALSE(written.ok());
    std::set<std::uint32_t> failed{written.error().users.begin(), written.error().users.end()};
    for (std::uint32_t i = 0; i < users.size(); ++i) {
      const bool is_lost = nodes.homes(users[i], Replicas::kOne).contains(1);
      CHECK(failed.contains(i) == is_lost);
      CHECK(statuses[i] == (is_lost ? Presence::kNoAnswer : Presence::kOnline));
    }
  }
  nodes.start(1, true);
  while (count(status(bench, users), Presence::kNoAnswer) != 0) bench.context.run_one_for(10ms);
  CHECK(count(status(bench, users), Presence::kOffline) == 0);  // it has forgotten, and says that it does not know
  while (!heartbeat(bench, users).ok()) bench.context.run_one_for(10ms);
  CHECK(count(status(bench, users), Presence::kOnline) == users.size());
}

TEST_CASE("nodes: with two replicas nobody who is online notices that one is lost, nor that it comes back empty") {
  const bool doubts = GENERATE(true, false);  // without, the client knows by the life of the server
  Nodes nodes{3};
  Bench bench{nodes.options(2)};
  auto users = many_users();
  const std::vector<UserId> online{users.begin(), users.begin() + kMany / 2};
  REQUIRE(heartbeat(bench, online).ok());
  nodes.stop(2);
  const auto check = [&] {
    const auto statuses = status(bench, users);
    for (std::size_t i = 0; i < users.size(); ++i) {
      const bool has_it = nodes.homes(users[i], Replicas::kTwo).contains(2);
      if (i < online.size()) {
        CHECK(statuses[i] == Presence::kOnline);
      } else {
        CHECK(statuses[i] == (has_it ? Presence::kUnknown : Presence::kOffline));
      }
    }
  };
  check();
  check();
  CHECK(heartbeat(bench, online).ok());
  nodes.start(2, doubts);
  for (int i = 0; i < 1000 && nodes[2].stat("connections") == 0; ++i) bench.context.run_one_for(10ms);
  REQUIRE(nodes[2].stat("connections") == 1);
  bench.context.run_for(50ms);
  check();
}

TEST_CASE("nodes: when none can be reached, the whole call is the error") {
  Nodes nodes{2};
  const int replicas = GENERATE(1, 2);
  Bench bench{nodes.options(replicas)};
  nodes.stop(0);
  nodes.stop(1);
  const auto users = many_users();
  CHECK(heartbeat(bench, users).error().kind == ErrorKind::kConnect);
  Statuses statuses;
  bench.client->status(users, bench.keep(statuses));
  bench.run();
  CHECK(statuses->error().kind == ErrorKind::kConnect);
  std::optional<Result<UserCount>> counted;
  bench.client->count(bench.keep(counted));
  bench.run();
  CHECK(counted->error().kind == ErrorKind::kConnect);
}

TEST_CASE("nodes: one that accepts and never answers is passed over within the time of the call") {
  Nodes nodes{2};
  ScriptedServer silent{{[](Peer& peer) { peer.wait_for_end(); }, [](Peer& peer) { peer.wait_for_end(); }}};
  ClientOptions options = nodes.options(2);
  options.request_timeout = 400ms;
  options.nodes.push_back({.name = "c", .server = silent.address()});
  Bench bench{options};
  const auto users = many_users();
  Written written;
  Statuses statuses;
  bench.client->heartbeat(users, bench.keep(written));
  bench.client->status(users, bench.keep(statuses));
  bench.run();
  if (written->ok()) {  // else the machine was so busy that the others were late as well
    CHECK(statuses->ok());
    CHECK(count(statuses->value(), Presence::kOffline) == 0);
  }
}

TEST_CASE("nodes: when one is added, users who move to it are found in their old place") {
  const int replicas = GENERATE(1, 2);
  Nodes nodes{3};
  ClientOptions options = nodes.options(replicas);
  options.nodes = nodes.list(2);
  Bench bench{options};
  const auto users = many_users();
  REQUIRE(heartbeat(bench, users).ok());
  const auto change = [&](std::size_t count) {
    std::optional<Result<void>> changed;
    bench.client->set_nodes(nodes.list(count), bench.keep(changed));
    bench.run();
    return changed->ok();
  };
  REQUIRE(change(3));
  CHECK(count(status(bench, users), Presence::kOnline) == users.size());
  CHECK(nodes[2].stat("entries") == 0);
  REQUIRE(heartbeat(bench, users).ok());
  CHECK(nodes[2].stat("entries") > 0);
  REQUIRE(change(2));
  CHECK(count(status(bench, users), Presence::kOnline) == users.size());
  REQUIRE(change(3));
  CHECK_FALSE(change(2));  // the fourth within a ttl
}

TEST_CASE("nodes: counts, statistics and listings put together what all nodes say") {
  const int replicas = GENERATE(1, 2);
  Nodes nodes{3};
  Bench bench{nodes.options(replicas)};
  const auto users = many_users();
  REQUIRE(heartbeat(bench, users).ok());
  std::optional<Result<UserCount>> counted;
  std::optional<Result<Stats>> stats;
  std::optional<Result<std::chrono::nanoseconds>> ping;
  std::optional<Result<ServerInfo>> hello;
  bench.client->count(bench.keep(counted));
  bench.client->stats(bench.keep(stats));
  bench.client->ping(bench.keep(ping));
  bench.client->hello(bench.keep(hello));
  bench.run();
  CHECK(counted->value().online == users.size());
  CHECK(counted->value().entries == users.size());
  const auto has = [&](const std::string& name) {
    return std::any_of(stats->value().begin(), stats->value().end(),
                       [&](const auto& stat) { return stat.first == name; });
  };
  CHECK(has("a/entries"));
  CHECK(has("c/entries"));
  CHECK(ping->value() > 0ns);
  CHECK(hello->value().ttl == 30s);
  std::multiset<UserId> listed;
  std::uint64_t cursor = 0;
  for (bool more = true; more;) {
    std::optional<Result<UserPage>> page;
    bench.client->online(cursor, 50, bench.keep(page));
    bench.run();
    REQUIRE(page->ok());
    listed.insert(page->value().users.begin(), page->value().users.end());
    cursor = page->value().next_cursor;
    more = page->value().more;
  }
  CHECK(listed == std::multiset<UserId>{users.begin(), users.end()});
  std::optional<Result<UserPage>> page;
  bench.client->online(cursor + 1000, 50, bench.keep(page));
  bench.run();
  CHECK(page->error().kind == ErrorKind::kInvalidArgument);
}

TEST_CASE("nodes: each is asked for itself, and one that is missing says why in its place") {
  Nodes nodes{3};
  nodes.stop(1);
  Bench bench{nodes.options(1)};
  std::optional<Result<std::vector<NodeInfo>>> infos;
  bench.client->nodes(bench.keep(infos));
  bench.run();
  REQUIRE(infos->value().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const NodeInfo& node = infos->value()[i];
    CHECK(node.name == Nodes::name(i));
    REQUIRE(node.server.ok() == (i != 1));
    if (i == 1) {
      CHECK(node.server.error().kind == ErrorKind::kConnect);
    } else {
      CHECK(node.server.value().ttl == 30s);
    }
  }
  ClientOptions one = nodes.options(1);
  one.server = one.nodes[0].server;
  one.nodes.clear();
  Bench alone{one};
  alone.client->nodes(alone.keep(infos));
  alone.run();
  REQUIRE(infos->value().size() == 1);
  CHECK(infos->value()[0].name == one.server);
  CHECK(infos->value()[0].server.ok());
}

TEST_CASE("nodes: a call may be cancelled, and a client destroyed at any point of a call's life") {
  Nodes nodes{2};
  const auto users = many_users();
  bool has_reached_the_end = false;
  int cancelled_rounds = 0;  // not all: an outcome may be on its way already
  for (int steps = 0; steps < 400 && !has_reached_the_end; ++steps) {
    Bench bench{nodes.options(2)};
    int told = 0;
    bool was_cancelled = false;
    const auto take = [&](const auto& result) {
      ++told;
      was_cancelled |= !result.ok() && result.error().kind == ErrorKind::kCancelled;
    };
    bench.client->heartbeat(users, take);
    bench.client->status(users, take);
    for (int i = 0; i < steps && told < 2; ++i) bench.context.run_one_for(10s);
    has_reached_the_end = told == 2;
    if (steps % 2 == 0) {
      bench.client.reset();
    } else {
      bench.client->cancel();
      bench.context.run();
      CHECK(bench.client->calls() == 0);
    }
    bench.context.restart();
    bench.context.run();
    CHECK(told == 2);
    if (has_reached_the_end) CHECK_FALSE(was_cancelled);
    cancelled_rounds += was_cancelled ? 1 : 0;
  }
  CHECK(has_reached_the_end);
  CHECK(cancelled_rounds > 0);
  Bench bench{nodes.options(2)};
  asio::cancellation_signal signal;
  Statuses cancelled;
  bench.client->status(users, asio::bind_cancellation_slot(signal.slot(), bench.keep(cancelled)));
  signal.emit(asio::cancellation_type::terminal);
  bench.run();
  CHECK(cancelled->error().kind == ErrorKind::kCancelled);
}

TEST_CASE("nodes: a context may be destroyed while calls are on their way") {
  Nodes nodes{2};
  for (int steps = 0; steps < 12; ++steps) {
    int told = 0;
    {
      asio::io_context context{1};
      AsyncClient client{context.get_executor(), nodes.options(2)};
      client.heartbeat(many_users(), [&told, owned = std::make_unique<int>(1)](const auto&) { told += *owned; });
      for (int i = 0; i < steps; ++i) context.run_one_for(1ms);
    }
    CHECK(told <= 1);
  }
}

TEST_CASE("nodes: options that are no good are refused, and say why") {
  asio::io_context context;
  const auto make = [&](ClientOptions options) { AsyncClient{context.get_executor(), std::move(options)}; };
  CHECK_NOTHROW(make({.server = "127.0.0.1:1,b=127.0.0.1:2*3,unix:/tmp/x=1"}));
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,127.0.0.1:1"}), std::invalid_argument);    // the same name twice
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,nowhere"}), std::invalid_argument);        // no address
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,127.0.0.1:2*0"}), std::invalid_argument);  // no weight
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,=127.0.0.1:2"}), std::invalid_argument);   // no name
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,"}), std::invalid_argument);
  CHECK_THROWS_AS(make({.server = "127.0.0.1:1,127.0.0.1:2", .replicas = 3}), std::invalid_argument);
  Bench bench{ClientOptions{.server = "127.0.0.1:1"}};
  std::optional<Result<void>> changed;
  bench.client->set_nodes({{.name = "a", .server = "127.0.0.1:2"}}, bench.keep(changed));
  bench.run();
  CHECK(changed->error().kind == ErrorKind::kInvalidArgument);
}

TEST_CASE("nodes: lists in text have names, addresses and weights") {
  const auto nodes = parse_nodes("a=10.0.0.1:7230*2,10.0.0.2:7230,unix:/run/x=1.sock");
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].name == "a");
  CHECK(nodes[0].server == "10.0.0.1:7230");
  CHECK(nodes[0].weight == 2);
  CHECK(nodes[1].name == "10.0.0.2:7230");
  CHECK(nodes[1].weight == 1);
  CHECK(nodes[2].server == "unix:/run/x=1.sock");
}
