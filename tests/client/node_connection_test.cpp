#include "node_connection.hpp"

#include <atomic>

#include "calls.hpp"
#include "client/answers.hpp"
#include "client/scripted_server.hpp"
#include "spread_call.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;
using protocol::Opcode;

namespace {

const Call::Clock::time_point start = Call::Clock::now();
std::atomic<std::int64_t> passed_ms{0};
Call::Clock::time_point clock_of_the_test() { return start + std::chrono::milliseconds{passed_ms.load()}; }

// A connection whose clock stands still unless a test turns it forward, on a context of its own.
struct Node {
  explicit Node(const std::string& server, bool fails_when_away = false,
                std::chrono::milliseconds request_timeout = 5min)
      : connection{std::make_shared<NodeConnection>(context.get_executor(),
                                                    NodeOptions{.client = {.server = server,
                                                                           .request_timeout = request_timeout,
                                                                           .first_backoff = 1ms,
                                                                           .longest_backoff = 2ms},
                                                                .most_calls = 10,
                                                                .most_users = 100,
                                                                .repeat = true,
                                                                .fails_when_away = fails_when_away,
                                                                .now = clock_of_the_test})} {
    passed_ms = 0;
  }
  ~Node() {
    connection->stop();
    context.restart();
    context.run();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Result<WriteResult> heartbeat(std::optional<protocol::Age> age = {}) {
    std::optional<Result<WriteResult>> outcome;
    REQUIRE(connection->load().add(kUsers.size()));
    connection->submit(std::make_unique<WriteCall>(Opcode::kHeartbeat, kUsers, age,
                                                   receiver_of<WriteResult>([&](Result<WriteResult> written) {
                                                     outcome = std::move(written);
                                                   })),
                       kUsers.size());
    run_until([&] { return outcome.has_value(); });
    return *outcome;
  }
  // `told` is called with the outcome.
  template <class Told>
  void status(Told told) {
    REQUIRE(connection->load().add(kUsers.size()));
    connection->submit(std::make_unique<StatusCall>(kUsers, receiver_of<std::vector<Presence>>(std::move(told))),
                       kUsers.size());
  }
  template <class Condition>
  void run_until(Condition condition) {
    context.restart();
    const auto deadline = Call::Clock::now() + 30s;
    while (!condition() && Call::Clock::now() < deadline) context.run_one_for(1s);
    REQUIRE(condition());
  }

  asio::io_context context{1};
  std::shared_ptr<NodeConnection> connection;
};

using Statuses = std::optional<Result<std::vector<Presence>>>;

std::string address_where_nobody_listens() { return ScriptedServer{{}}.address(); }

// Greets as another life of the server, with a ttl of 30 s and an interval of 10 s, answers a heartbeat and hangs up.
ScriptedServer::Script serve_once(std::uint64_t life) {
  return [life](Peer& peer) {
    protocol::HelloReply hello = hello_answer(100);
    hello.life = life;
    Buffer reply;
    protocol::append_hello_reply(reply, peer.receive().header.tag, hello);
    peer.send(reply);
    answer_write(peer);
  };
}

}  // namespace

TEST_CASE("node: a heartbeat that goes out a second late carries that as its age") {
  std::atomic<std::uint32_t> age{0};
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           peer.receive();
                           passed_ms += 1000;
                         },
                         [&](Peer& peer) {
                           peer.greet();
                           const auto request = peer.receive();
                           if ((request.header.flags & protocol::request_flag::kAge) != 0) {
                             age = protocol::load<std::uint32_t>(request.payload.data());
                           }
                           peer.send(write_answer(request, {}));
                           peer.wait_for_end();
                         }}};
  Node node{server.address()};
  CHECK(node.heartbeat(protocol::Age{500}).ok());
  CHECK(age >= 1500);
}

TEST_CASE("node: a call that is late is reported, its late reply is skipped, and the connection lives") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    const auto first = peer.receive();
    const auto second = peer.receive();
    peer.send(compact_answer(first));
    const auto third = peer.receive();  // made when the second was late
    peer.send(compact_answer(second));
    peer.send(compact_answer(third));
    peer.wait_for_end();
  }}};
  // Timers follow the true clock: those of the first two calls go off soon, and those that are set later never.
  Node node{server.address(), false, 10ms};
  Statuses first;
  Statuses second;
  Statuses third;
  node.status([&](auto statuses) {
    first = std::move(statuses);
    passed_ms += 600'000;  // the second is late at once, while the connection has just shown a sign of life
  });
  node.status([&](auto statuses) { second = std::move(statuses); });
  node.run_until([&] { return second.has_value(); });
  CHECK(first->value() == kOddOnline);
  CHECK(second->error().kind == ErrorKind::kTimeout);
  CHECK(node.connection->load().calls() == 1);  // its reply is still to come
  node.status([&](auto statuses) { third = std::move(statuses); });
  node.run_until([&] { return third.has_value(); });
  CHECK(third->value() == kOddOnline);
  CHECK(node.connection->load().calls() == 0);
}

TEST_CASE("node: while it is away calls fail at once, and it is tried again") {
  Node node{address_where_nobody_listens(), true};
  CHECK(node.heartbeat().error().kind == ErrorKind::kConnect);  // the first attempt is waited for
  CHECK(node.connection->is_away());
  CHECK(node.heartbeat().error().kind == ErrorKind::kConnect);
  node.connection->cancel_all();
  CHECK_FALSE(node.connection->is_away());  // the next call finds out
}

TEST_CASE("node: one that was restarted is in doubt for a ttl") {
  ScriptedServer server{{serve_once(1), serve_once(1), serve_once(2)}};
  Node node{server.address()};
  REQUIRE(node.heartbeat().ok());
  REQUIRE(node.heartbeat().ok());
  CHECK_FALSE(node.connection->is_in_doubt());  // the connection broke, and it is the same
  REQUIRE(node.heartbeat().ok());
  CHECK(node.connection->is_in_doubt());
  passed_ms += 31'000;
  CHECK_FALSE(node.connection->is_in_doubt());
}

TEST_CASE("node: one that was out of reach for so long that users look silent is in doubt for a ttl") {
  const auto away_ms = GENERATE(19'000, 20'000);  // of a ttl of 30 s less an interval of 10 s
  const auto refuse = [](Peer& peer) {
    peer.receive();  // hello
  };
  const auto come_back = [&](Peer& peer) {
    passed_ms += away_ms;
    serve_once(1)(peer);
  };
  ScriptedServer server{{serve_once(1), refuse, come_back}};
  Node node{server.address()};
  REQUIRE(node.heartbeat().ok());
  REQUIRE(node.heartbeat().ok());
  CHECK(node.connection->is_in_doubt() == (away_ms == 20'000));
}
