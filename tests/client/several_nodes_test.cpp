// The synchronous client, and the C library, over several real servers.
#include <array>
#include <thread>

#include "client/nodes.hpp"
#include "client/scripted_server.hpp"
#include "lastbeat/client.hpp"
#include "lastbeat/lastbeat.h"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;

namespace {

std::string list_of(const Nodes& nodes, std::size_t count) {
  std::string list;
  for (const ClientNode& node : nodes.list(count)) {
    list.append(list.empty() ? "" : ",").append(node.name).append("=").append(node.server);
  }
  return list;
}

}  // namespace

TEST_CASE("a client over several nodes answers as over one server") {
  const int replicas = GENERATE(1, 2);
  Nodes nodes{3};
  Client client{{.server = list_of(nodes, 3), .replicas = replicas}};
  CHECK_FALSE(client.is_connected());
  CHECK(client.connect().ok());
  CHECK(client.is_connected());
  const auto users = many_users();
  const std::span online = std::span{users}.first(kMany / 2);
  REQUIRE(client.heartbeat(online).ok());
  const auto statuses = client.status(users).value();
  const auto detailed = client.status_detailed(users).value();
  for (std::size_t i = 0; i < users.size(); ++i) {
    CHECK(statuses[i] == (i < online.size() ? Presence::kOnline : Presence::kOffline));
    CHECK(detailed[i].user == users[i]);
    CHECK(detailed[i].age.has_value() == (i < online.size()));
  }
  std::size_t copies = 0;
  for (std::size_t i = 0; i < 3; ++i) copies += nodes[i].stat("entries");
  CHECK(copies == online.size() * static_cast<std::size_t>(replicas));
  CHECK(client.count().value().online == online.size());
  CHECK(client.ping().value() > 0ns);
  CHECK(client.hello().value().ttl == 30s);
  std::set<UserId> listed;
  std::uint64_t cursor = 0;
  for (bool more = true; more;) {
    const auto page = client.online(cursor, 20);
    REQUIRE(page.ok());
    listed.insert(page.value().users.begin(), page.value().users.end());
    cursor = page.value().next_cursor;
    more = page.value().more;
  }
  CHECK(listed == std::set<UserId>{online.begin(), online.end()});
  CHECK(client.leave(online, 5s).ok());
  CHECK(client.heartbeat(online, 60s).value().too_old == online.size() * static_cast<std::size_t>(replicas));
}

TEST_CASE("over several nodes the requests of a pipeline are executed in order") {
  const int replicas = GENERATE(1, 2);
  Nodes nodes{3};
  Client client{nodes.options(replicas)};
  const auto users = many_users();
  constexpr std::size_t kShare = 15;
  Pipeline pipeline;
  for (std::size_t first = 0; first < kMany; first += kShare) {
    const auto share = std::span{users}.subspan(first, kShare);
    pipeline.heartbeat(share);
    pipeline.status(share);
    pipeline.leave(share);
    pipeline.status(share);
  }
  const auto replies = client.run(pipeline).value();
  REQUIRE(replies.size() == pipeline.size());
  for (std::size_t i = 0; i < replies.size(); i += 4) {
    CHECK(std::get<WriteResult>(replies[i].value()).refused == 0);
    CHECK(count(std::get<std::vector<Presence>>(replies[i + 1].value()), Presence::kOnline) == kShare);
    CHECK(count(std::get<std::vector<Presence>>(replies[i + 3].value()), Presence::kLeft) == kShare);
  }
}

TEST_CASE("of several nodes one that is lost is an error for its users only, until it is back") {
  Nodes nodes{3};
  Client client{nodes.options(1)};
  const auto users = many_users();
  REQUIRE(client.heartbeat(users).ok());
  nodes.stop(1);
  for (int round = 0; round < 2; ++round) {
    const auto written = client.heartbeat(users);
    REQUIRE_FALSE(written.ok());
    CHECK(client.is_connected());  // to the others
    const auto& places = written.error().users;
    const std::set<std::uint32_t> failed{places.begin(), places.end()};
    const auto statuses = client.status(users).value();
    Pipeline pipeline;
    pipeline.heartbeat(users);
    pipeline.status(users);
    const auto replies = client.run(pipeline).value();
    CHECK(replies[0].error().users == places);
    CHECK(std::get<std::vector<Presence>>(replies[1].value()) == statuses);
    for (std::uint32_t i = 0; i < users.size(); ++i) {
      const bool is_lost = nodes.homes(users[i], Replicas::kOne).contains(1);
      CHECK(failed.contains(i) == is_lost);
      CHECK(statuses[i] == (is_lost ? Presence::kNoAnswer : Presence::kOnline));
    }
  }
  CHECK_FALSE(client.count().ok());
  // The client finds out by itself that it is back: no call is made before it has.
  nodes.start(1, true);
  for (int i = 0; i < 1000 && nodes[1].stat("connections") == 0; ++i) std::this_thread::sleep_for(10ms);
  REQUIRE(nodes[1].stat("connections") == 1);
  while (!client.heartbeat(users).ok()) std::this_thread::sleep_for(1ms);
  CHECK(count(client.status(users).value(), Presence::kOnline) == users.size());
}

TEST_CASE("over several nodes a connection that ended between calls costs none") {
  Nodes nodes{2};
  Client client{nodes.options(1)};
  const auto users = many_users();
  REQUIRE(client.heartbeat(users).ok());
  for (std::size_t i = 0; i < 2; ++i) {
    nodes.stop(i);
    nodes.start(i);
  }
  std::this_thread::sleep_for(50ms);  // time enough to notice; if it is not, the call is an error and may be repeated
  const auto written = client.heartbeat(users);
  if (!written) CHECK(written.error().kind == ErrorKind::kClosed);
  CHECK(client.heartbeat(users).ok());
}

TEST_CASE("a client over several nodes is given another list") {
  Nodes nodes{3};
  ClientOptions options = nodes.options(1);
  options.nodes = nodes.list(2);
  Client client{options};
  const auto users = many_users();
  REQUIRE(client.heartbeat(users).ok());
  REQUIRE(client.set_nodes(nodes.list(3)).ok());
  CHECK(count(client.status(users).value(), Presence::kOnline) == users.size());
  CHECK(nodes[2].stat("entries") == 0);
  REQUIRE(client.heartbeat(users).ok());
  CHECK(nodes[2].stat("entries") > 0);
  CHECK(client.set_nodes({{.name = "a", .server = "nowhere"}}).error().kind == ErrorKind::kInvalidArgument);
  Client one{{.server = nodes.list(1).front().server}};
  CHECK(one.set_nodes(nodes.list(2)).error().kind == ErrorKind::kInvalidArgument);
}

TEST_CASE("over several nodes quiet calls tell what was not taken") {
  Nodes nodes{2};
  Client client{nodes.options(1)};
  const auto users = many_users();
  REQUIRE(client.heartbeat_quiet(users).ok());
  CHECK(count(client.status(users).value(), Presence::kOnline) == users.size());
  CHECK(client.leave_quiet(users, 60s).ok());
  CHECK(client.quiet_refusals().too_old == users.size());
  nodes.stop(0);
  while (client.heartbeat_quiet(users).ok()) std::this_thread::sleep_for(1ms);
}

TEST_CASE("over several nodes that are all away a call is an error, and ends in time when they are silent") {
  ScriptedServer silent{{[](Peer& peer) { peer.wait_for_end(); }}};
  Client client{{.server = "127.0.0.1:1," + silent.address(), .request_timeout = 300ms}};
  const auto users = many_users();
  CHECK_FALSE(client.heartbeat(users).ok());
  CHECK_FALSE(client.status(users).ok());
  CHECK_FALSE(client.connect().ok());
  CHECK_FALSE(client.is_connected());
  CHECK_THROWS_AS((Client{{.server = "127.0.0.1:1,nowhere"}}), std::invalid_argument);
  CHECK_THROWS_AS((Client{{.server = "127.0.0.1:1,127.0.0.1:2", .replicas = 3}}), std::invalid_argument);
}

TEST_CASE("C: several nodes, with two copies of each user, are as one server") {
  Nodes nodes{3};
  lastbeat_options options;
  lastbeat_options_init(&options);
  CHECK(options.replicas == 1);
  options.replicas = 2;
  lastbeat_client* const client = lastbeat_client_new(list_of(nodes, 3).c_str(), &options);
  const auto users = many_users();
  std::vector<std::uint64_t> ids;
  ids.reserve(users.size());
  for (const UserId user : users) ids.push_back(static_cast<std::uint64_t>(user));
  std::vector<std::uint8_t> statuses(ids.size());
  CHECK(lastbeat_heartbeat(client, ids.data(), ids.size(), nullptr) == LASTBEAT_OK);
  nodes.stop(0);
  CHECK(lastbeat_status(client, ids.data(), ids.size(), statuses.data()) == LASTBEAT_OK);
  CHECK(std::count(statuses.begin(), statuses.end(), LASTBEAT_ONLINE) == static_cast<std::ptrdiff_t>(ids.size()));
  nodes.stop(1);  // and with it the second copy of some
  std::vector<std::int64_t> ages(ids.size());
  CHECK(lastbeat_status_detailed(client, ids.data(), ids.size(), statuses.data(), ages.data()) == LASTBEAT_OK);
  CHECK(std::count(statuses.begin(), statuses.end(), LASTBEAT_NO_ANSWER) > 0);
  CHECK(std::count(statuses.begin(), statuses.end(), LASTBEAT_OFFLINE) == 0);
  CHECK(lastbeat_heartbeat(client, ids.data(), ids.size(), nullptr) == LASTBEAT_ERROR_CONNECT);
  const std::uint32_t* places = nullptr;
  const std::size_t failed = lastbeat_failed_users(client, &places);
  CHECK(failed == static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), LASTBEAT_NO_ANSWER)));
  for (std::size_t i = 0; i < failed; ++i) CHECK(statuses[places[i]] == LASTBEAT_NO_ANSWER);
  lastbeat_client_free(client);
  options.replicas = 3;
  lastbeat_client* const refused = lastbeat_client_new(list_of(nodes, 3).c_str(), &options);
  CHECK(lastbeat_ping(refused, nullptr) == LASTBEAT_ERROR_INVALID_ARGUMENT);
  CHECK(std::string{lastbeat_message(refused)} == "3 replicas; allowed: 1 or 2");
  lastbeat_client_free(refused);
}
