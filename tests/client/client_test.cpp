#include "lastbeat/client.hpp"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>

#include "client/answers.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;
using protocol::ErrorCode;
using protocol::Opcode;

namespace {

Client connect_to(const ScriptedServer& server) {
  return Client{{.server = server.address(), .request_timeout = 20s, .first_backoff = 1ms, .longest_backoff = 2ms}};
}

// Connections that a busy machine is too slow for, and some more.
constexpr std::size_t kAttempts = 200;

bool connect_in_the_end(Client& client) {
  for (std::size_t i = 0; i < kAttempts; ++i) {
    if (client.connect().ok()) return true;
  }
  return false;
}

void greet_and_say_nothing(Peer& peer) {
  peer.greet();
  peer.wait_for_end();
}

}  // namespace

TEST_CASE("a server's address is checked when the client is made") {
  CHECK_THROWS_AS(Client{{.server = "nowhere"}}, std::invalid_argument);
}

TEST_CASE("more users than the server takes at once are split, and the answers put together in order") {
  std::atomic<int> as_expected{0};  // the server has a thread of its own, and assertions belong to the test's
  ScriptedServer server{{[&](Peer& peer) {
    peer.greet(2);
    for (const std::size_t expected : {2U, 2U, 1U}) {
      const auto request = peer.receive();
      if (request.payload.size() == expected * 4) ++as_expected;
      peer.send(compact_answer(request));
    }
    for (const std::uint32_t refused : {1U, 0U, 1U}) answer_write(peer, {.refused = refused, .too_old = 1});
  }}};
  Client client = connect_to(server);
  CHECK(client.status(kUsers).value() == kOddOnline);
  CHECK(as_expected == 3);
  const auto written = client.heartbeat(kUsers);
  CHECK(written.value().refused == 2);
  CHECK(written.value().too_old == 3);
}

TEST_CASE("no users at all is one empty request") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    answer_write(peer);
  }}};
  Client client = connect_to(server);
  CHECK(client.leave({}).value().refused == 0);
}

TEST_CASE("every kind of answer is read") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    for (int i = 0; i < 6; ++i) answer_question(peer);
  }}};
  Client client = connect_to(server);
  const auto detailed = client.status_detailed(std::span{kUsers}.first(2)).value();
  CHECK(detailed[0].user == UserId{1});
  CHECK(detailed[0].presence == Presence::kOnline);
  CHECK(detailed[0].age == 3s);
  CHECK(detailed[1].presence == Presence::kUnknown);
  CHECK_FALSE(detailed[1].age.has_value());
  const auto page = client.online(5, 10).value();
  CHECK(page.users == kUsers);
  CHECK(page.next_cursor == 77);
  CHECK(page.more);
  CHECK(client.count().value().entries == 3);
  const auto stats = client.stats().value();
  CHECK(stats == std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", "x y"}, {"last", "2"}});
  CHECK(client.ping().value() > 0ns);
  const auto info = client.hello().value();
  CHECK(info.max_ids == 9);
  CHECK(info.ttl == 30s);
  CHECK(info.interval == 10s);
  CHECK(info.doubt_left == 7s);
  CHECK(info.life == 99);
}

TEST_CASE("a reply may arrive in pieces, with events before, between and behind") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    const auto request = peer.receive();
    Buffer bytes;
    protocol::append_notice(bytes, {.last_code = {}, .refused_requests = 1, .refused_ids = 2, .too_old_ids = 3});
    protocol::append_header(bytes, {.opcode = 0xFE, .flags = 0, .length = 0, .tag = 0});  // of a later server
    const Buffer reply = compact_answer(request);
    bytes.insert(bytes.end(), reply.begin(), reply.end());
    protocol::append_notice(bytes, {.last_code = {}, .refused_requests = 10, .refused_ids = 20, .too_old_ids = 30});
    for (const std::byte byte : bytes) peer.send({byte});
    answer_write(peer);
  }}};
  Client client = connect_to(server);
  CHECK(client.status(kUsers).value() == kOddOnline);
  CHECK(client.heartbeat(kUsers).ok());
  CHECK(client.quiet_refusals().requests == 11);
  CHECK(client.quiet_refusals().refused == 22);
  CHECK(client.quiet_refusals().too_old == 33);
}

TEST_CASE("an error reply is the error of its call, and the connection lives") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    peer.send(refusal(peer.receive(), ErrorCode::kStoreUnavailable));
    answer_write(peer);
  }}};
  Client client = connect_to(server);
  const auto refused = client.heartbeat(kUsers);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kServer);
  CHECK(refused.error().server_code == 7);
  CHECK(client.is_connected());
  CHECK(client.heartbeat(kUsers).ok());
}

TEST_CASE("a goodbye is told with the server's reason") {
  ScriptedServer server{{[](Peer& peer) {
    Buffer goodbye;
    protocol::append_goodbye(goodbye, ErrorCode::kTooManyConnections);
    peer.send(goodbye);
    peer.wait_for_end();
  }}};
  Client client{{.server = server.address(), .connect_attempts = 1}};
  const auto refused = client.count();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kServer);
  CHECK(refused.error().server_code == 66);
  CHECK(refused.error().message.find("--max-connections") != std::string::npos);
  CHECK_FALSE(client.is_connected());
}

TEST_CASE("a peer that makes no sense is an error and the connection is closed") {
  struct Row {
    std::function<Buffer(const Peer::Received&)> answer;
    const char* why;
  };
  const std::vector<Row> rows{
      {[](const auto&) {
         return Buffer{std::byte{'H'}, std::byte{'T'}};
       },
       "no frame"},
      {[](const auto& request) {
         Buffer reply;
         protocol::append_write_reply(reply, Opcode::kHeartbeat, static_cast<std::uint16_t>(request.header.tag + 1),
                                      {});
         return reply;
       },
       "another tag"},
      {[](const auto& request) {
         Buffer reply;
         protocol::append_count_reply(reply, request.header.tag, {});
         return reply;
       },
       "another opcode"},
      {[](const auto& request) {
         Buffer reply;
         protocol::append_header(reply, {.opcode = 0x81, .flags = 0, .length = 3, .tag = request.header.tag});
         reply.resize(reply.size() + 3);
         return reply;
       },
       "too short"},
      {[](const auto& request) {
         Buffer reply;
         protocol::append_header(reply, {.opcode = 0x81, .flags = 2, .length = 1, .tag = request.header.tag});
         reply.resize(reply.size() + 1);
         return reply;
       },
       "an error without a code"},
      {[](const auto& request) {
         Buffer reply;
         protocol::append_write_reply(reply, Opcode::kHeartbeat, request.header.tag, {});
         protocol::append_write_reply(reply, Opcode::kHeartbeat, request.header.tag, {});
         return reply;
       },
       "one reply too many"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    ScriptedServer server{{[&](Peer& peer) {
      peer.greet();
      peer.send(row.answer(peer.receive()));
      peer.wait_for_end();
    }}};
    Client client = connect_to(server);
    const auto sent = client.heartbeat(kUsers);
    REQUIRE_FALSE(sent.ok());
    CHECK(sent.error().kind == ErrorKind::kProtocol);
    CHECK_FALSE(client.is_connected());
  }
}

TEST_CASE("a connection that ends within a call is an error, and the next call connects again") {
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           const auto request = peer.receive();
                           Buffer reply = compact_answer(request);
                           reply.pop_back();
                           peer.send(reply);
                         },
                         [](Peer& peer) {
                           peer.greet();
                           answer_write(peer);
                         }}};
  Client client = connect_to(server);
  const auto lost = client.status(kUsers);
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().kind == ErrorKind::kClosed);
  CHECK(client.heartbeat(kUsers).ok());
}

TEST_CASE("a connection that ended between two calls is replaced without an error") {
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           answer_write(peer);
                           Buffer goodbye;
                           protocol::append_goodbye(goodbye, ErrorCode::kIdleTimeout);
                           peer.send(goodbye);
                         },
                         [&](Peer& peer) {
                           peer.greet();
                           answer_write(peer);
                         }}};
  Client client = connect_to(server);
  REQUIRE(client.heartbeat(kUsers).ok());
  // The goodbye and the end may arrive within the next call, or just before it: in the end it is served.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  bool served = false;
  while (!served && std::chrono::steady_clock::now() < deadline) served = client.heartbeat(kUsers).ok();
  CHECK(served);
}

TEST_CASE("a server that says nothing is given up after the time given") {
  ScriptedServer server{std::vector<ScriptedServer::Script>(kAttempts, greet_and_say_nothing)};
  Client client{{.server = server.address(), .request_timeout = 50ms}};
  REQUIRE(connect_in_the_end(client));
  const auto late = client.heartbeat(kUsers);
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().kind == ErrorKind::kTimeout);
  CHECK_FALSE(client.is_connected());
}

TEST_CASE("a client that has timed out connects anew and is as good as new") {
  std::atomic<bool> is_willing{false};
  ScriptedServer server{std::vector<ScriptedServer::Script>(kAttempts, [&](Peer& peer) {
    peer.greet();
    const auto request = peer.receive();
    if (is_willing) peer.send(compact_answer(request));
    peer.wait_for_end();
  })};
  Client impatient{{.server = server.address(), .request_timeout = 50ms}};
  REQUIRE(connect_in_the_end(impatient));
  CHECK(impatient.status(kUsers).error().kind == ErrorKind::kTimeout);
  is_willing = true;
  auto answer = impatient.status(kUsers);
  for (std::size_t i = 0; i < kAttempts && !answer; ++i) answer = impatient.status(kUsers);
  REQUIRE(answer.ok());
  CHECK(answer.value() == kOddOnline);
}

TEST_CASE("quiet requests whose connection ends before they are confirmed are not lost in silence") {
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           static_cast<void>(peer.receive());
                         },
                         [](Peer& peer) {
                           peer.greet();
                           const auto ping = peer.receive();
                           Buffer reply;
                           protocol::append_bytes_reply(reply, Opcode::kPing, ping.header.tag, {});
                           peer.send(reply);
                         }}};
  Client client = connect_to(server);
  const auto sent = client.heartbeat_quiet(kUsers);
  if (!sent) return;  // the end was seen while sending: told already
  const auto first = client.ping();
  REQUIRE_FALSE(first.ok());
  CHECK(first.error().kind == ErrorKind::kClosed);
  CHECK(client.ping().ok());
}

TEST_CASE("a pipeline without requests leaves nothing to be confirmed") {
  std::atomic<bool> is_connected_again{false};
  ScriptedServer server{{[](Peer& peer) { peer.greet(); },
                         [&](Peer& peer) {
                           peer.greet();
                           is_connected_again = true;
                         }}};
  Client client = connect_to(server);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!is_connected_again && std::chrono::steady_clock::now() < deadline) {
    REQUIRE(client.run({}).value().empty());
  }
  CHECK(is_connected_again);
}

TEST_CASE("a server that greets nobody is given up after the time given") {
  ScriptedServer server{{[](Peer& peer) { peer.wait_for_end(); }}};
  Client client{{.server = server.address(), .connect_timeout = 50ms, .connect_attempts = 1}};
  CHECK(client.connect().error().kind == ErrorKind::kTimeout);
}

TEST_CASE("where nobody listens, attempts go on until the time is over, and the error names the server") {
  std::string address;
  { address = ScriptedServer{{}}.address(); }
  Client client{{.server = address, .request_timeout = 50ms, .first_backoff = 1ms, .longest_backoff = 5ms}};
  const auto refused = client.connect();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kConnect);
  CHECK(refused.error().message.find(address) != std::string::npos);
}

TEST_CASE("quiet requests wait for no reply, ping is answered in its turn") {
  std::atomic<int> quiet{0};  // the server has a thread of its own, and assertions belong to the test's
  ScriptedServer server{{[&](Peer& peer) {
    peer.greet();
    for (int i = 0; i < 2; ++i) {
      if ((peer.receive().header.flags & protocol::request_flag::kQuiet) != 0) ++quiet;
    }
    Buffer bytes;
    protocol::append_notice(bytes, {.last_code = {}, .refused_requests = 0, .refused_ids = 5, .too_old_ids = 0});
    const auto ping = peer.receive();
    protocol::append_bytes_reply(bytes, Opcode::kPing, ping.header.tag, {});
    peer.send(bytes);
  }}};
  Client client = connect_to(server);
  CHECK(client.heartbeat_quiet(kUsers).ok());
  CHECK(client.leave_quiet(kUsers, 5ms).ok());
  CHECK(client.ping().ok());
  CHECK(quiet == 2);
  CHECK(client.quiet_refusals().refused == 5);
}

TEST_CASE("an age that the protocol cannot say is refused before anything is sent") {
  ScriptedServer server{{}};
  Client client = connect_to(server);
  for (const auto age : {-1ms, 4'294'967'296ms}) {
    CHECK(client.heartbeat(kUsers, age).error().kind == ErrorKind::kInvalidArgument);
  }
}

TEST_CASE("a pipeline's replies come in order, and the refusal of one request leaves the others alone") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet(3);
    answer_write(peer, {.refused = 1, .too_old = 0});  // heartbeat of 5, in two parts
    answer_write(peer, {.refused = 1, .too_old = 0});
    for (int part = 0; part < 2; ++part) {  // status of 5: the first part is refused, the second answered
      const auto request = peer.receive();
      peer.send(part == 0 ? refusal(request, ErrorCode::kStoreUnavailable) : compact_answer(request));
    }
    answer_write(peer);
  }}};
  Client client = connect_to(server);
  Pipeline pipeline;
  pipeline.heartbeat(kUsers);
  pipeline.status(kUsers);
  pipeline.heartbeat(kUsers, -5ms);
  pipeline.leave(std::span{kUsers}.first(1));
  const auto replies = client.run(pipeline).value();
  REQUIRE(replies.size() == 4);
  CHECK(std::get<WriteResult>(replies[0].value()).refused == 2);
  CHECK(replies[1].error().server_code == 7);
  CHECK(replies[2].error().kind == ErrorKind::kInvalidArgument);
  CHECK(std::get<WriteResult>(replies[3].value()).refused == 0);
}

TEST_CASE("a pipeline that was cleared holds what comes next, and nothing of what was before") {
  Pipeline pipeline;
  pipeline.heartbeat(std::vector<UserId>(5000), 1s);
  pipeline.leave(kUsers);
  pipeline.status(kUsers);
  pipeline.clear();
  CHECK(pipeline.size() == 0);
  pipeline.clear();
  pipeline.status(std::span{kUsers}.first(2));
  pipeline.heartbeat(kUsers);
  REQUIRE(pipeline.size() == 2);
  CHECK(pipeline.requests()[0].kind == Pipeline::Kind::kStatus);
  CHECK(pipeline.requests()[0].users == std::vector(kUsers.begin(), kUsers.begin() + 2));
  CHECK_FALSE(pipeline.requests()[0].age);
  CHECK(pipeline.requests()[1].kind == Pipeline::Kind::kHeartbeat);
  CHECK(pipeline.requests()[1].users == kUsers);
}

TEST_CASE("far more than the sockets can hold is sent while replies are read") {
  constexpr std::uint32_t kMany = 3'000'000;
  ScriptedServer server{{[](Peer& peer) {
    peer.greet(1000);
    for (std::uint32_t i = 0; i < kMany / 1000; ++i) {
      const auto request = peer.receive();
      Buffer reply;  // detailed: as large as the request
      protocol::append_header(reply, {.opcode = 0x82, .flags = 0, .length = 4000, .tag = request.header.tag});
      reply.resize(reply.size() + 4000);
      peer.send(reply);
    }
  }}};
  Client client = connect_to(server);
  CHECK(client.status_detailed(std::vector<UserId>(kMany)).value().size() == kMany);
}

TEST_CASE("a unix socket is as good as TCP") {
  const auto path =
      std::filesystem::temp_directory_path() / ("lastbeat-client-" + std::to_string(::getpid()) + ".sock");
  {
    ScriptedServer server{{[](Peer& peer) {
                            peer.greet();
                            peer.send(compact_answer(peer.receive()));
                          }},
                          path.string()};
    Client client = connect_to(server);
    CHECK(client.status(kUsers).value() == kOddOnline);
  }
  std::filesystem::remove(path);
}

namespace {

// Greets, and answers the token of the greeting with `answer(tag)`.
Peer::Received greet_and_take_token(Peer& peer, const std::function<Buffer(std::uint16_t)>& answer) {
  peer.greet();
  Peer::Received request = peer.receive();
  peer.send(answer(request.header.tag));
  return request;
}

Buffer token_accepted(std::uint16_t tag) {
  Buffer reply;
  protocol::append_auth_reply(reply, tag, {.grants = protocol::grant::kHeartbeat});
  return reply;
}

Buffer token_refused(std::uint16_t tag, ErrorCode code) {
  Buffer reply;
  protocol::append_error_reply(reply, static_cast<std::uint8_t>(Opcode::kAuth), tag, code);
  return reply;
}

Client connect_with_token(const ScriptedServer& server) {
  return Client{{.server = server.address(),
                 .request_timeout = 20s,
                 .first_backoff = 1ms,
                 .longest_backoff = 2ms,
                 .token = "example-token"}};
}

}  // namespace

TEST_CASE("a token is shown after connecting, and again after connecting anew, before anything else") {
  std::atomic<int> shown{0};
  const auto serve = [&](Peer& peer) {
    const auto request = greet_and_take_token(peer, token_accepted);
    if (request.header.opcode == 0x09 && protocol::as_text(request.payload) == "example-token") ++shown;
    answer_write(peer);
  };
  ScriptedServer server{{serve, serve}};
  Client client = connect_with_token(server);
  CHECK(client.heartbeat(kUsers).ok());
  CHECK(shown == 1);
  // The connection has ended meanwhile; the client may or may not have noticed.
  while (!client.heartbeat(kUsers).ok()) {
  }
  CHECK(shown == 2);
}

TEST_CASE("a token that is refused is an error at once, and not tried again") {
  std::atomic<int> connections{0};
  const auto serve = [&](Peer& peer) {
    ++connections;
    greet_and_take_token(peer, [](std::uint16_t tag) { return token_refused(tag, ErrorCode::kUnauthenticated); });
  };
  ScriptedServer server{{serve, serve}};
  Client client = connect_with_token(server);
  const auto sent = client.heartbeat(kUsers);
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().kind == ErrorKind::kServer);
  CHECK(sent.error().server_code == 8);
  CHECK(connections == 1);
  CHECK_FALSE(client.is_connected());
  static_cast<void>(client.connect());  // lets the second script have its turn
}

TEST_CASE("a server that asks for no tokens serves a client that has one") {
  ScriptedServer server{{[](Peer& peer) {
    greet_and_take_token(peer, [](std::uint16_t tag) { return token_refused(tag, ErrorCode::kUnknownOpcode); });
    answer_write(peer);
  }}};
  Client client = connect_with_token(server);
  CHECK(client.heartbeat(kUsers).ok());
}

TEST_CASE("a token that no server would take is refused when the client is made") {
  CHECK_THROWS_AS((Client{{.token = std::string(4097, 't')}}), std::invalid_argument);
}
