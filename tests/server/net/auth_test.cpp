// Signing in on the binary protocol, as docs/protocol.md has it.
#include <string>

#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "server/auth/fake_authority.hpp"
#include "server/net/slow_store.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using auth::Scope;
using lastbeat::test::FakeAuthority;
using lastbeat::test::OwnedFrame;
using lastbeat::test::RawClient;
using lastbeat::test::service;
using lastbeat::test::TestServer;
using lastbeat::test::user;
using protocol::ErrorCode;

namespace {

constexpr unsigned kTaken = 0;
constexpr auto kUnauthenticated = static_cast<unsigned>(ErrorCode::kUnauthenticated);
constexpr auto kForbidden = static_cast<unsigned>(ErrorCode::kForbidden);

lastbeat::test::TestServerConfig guarded(const FakeAuthority& authority) {
  lastbeat::test::TestServerConfig config;
  config.authority = &authority;
  config.limits.slow_reader_timeout = std::chrono::seconds{2};  // the shortest timeout sets the pace of all
  config.limits.linger = std::chrono::milliseconds{200};
  return config;
}

Buffer auth_request(const std::string& token) {
  Buffer bytes;
  protocol::append_auth(bytes, 1, token);
  return bytes;
}

Buffer beat(std::initializer_list<std::uint64_t> ids, bool quiet = false) {
  std::vector<UserId> users;
  for (const std::uint64_t id : ids) users.push_back(UserId{id});
  Buffer bytes;
  protocol::append_heartbeat(bytes, 2, users, {.quiet = quiet});
  return bytes;
}

Buffer leave(std::uint64_t id) {
  Buffer bytes;
  protocol::append_leave(bytes, 3, std::array{UserId{id}});
  return bytes;
}

Buffer status(std::uint64_t id) {
  Buffer bytes;
  protocol::append_status(bytes, 4, std::array{UserId{id}}, protocol::StatusForm::kCompact);
  return bytes;
}

template <class Append>
Buffer request(Append append) {
  Buffer bytes;
  append(bytes);
  return bytes;
}

const Buffer kOnline = request([](Buffer& out) { protocol::append_online(out, 5, 0, 10); });
const Buffer kCount = request([](Buffer& out) { protocol::append_count(out, 6); });
const Buffer kStats = request([](Buffer& out) { protocol::append_stats(out, 7); });
const Buffer kPing = request([](Buffer& out) { protocol::append_ping(out, 8); });
const Buffer kHello = request([](Buffer& out) { protocol::append_hello(out, 9); });

// The error code of the reply, or kTaken.
unsigned outcome(const OwnedFrame& frame) {
  if ((frame.header.flags & protocol::reply_flag::kError) == 0) return kTaken;
  return static_cast<unsigned>(protocol::read_error(frame.payload).value().code);
}

unsigned ask(RawClient& client, const Buffer& bytes) {
  client.send(bytes);
  return outcome(client.receive().value());
}

Presence presence_of(RawClient& client, std::uint64_t id) {
  client.send(status(id));
  return protocol::compact_status_at(client.receive().value().payload, 0);
}

}  // namespace

TEST_CASE("without authentication nothing is asked, and auth is an unknown opcode") {
  TestServer server;
  RawClient client = server.connect();
  CHECK(ask(client, auth_request("anything")) == static_cast<unsigned>(ErrorCode::kUnknownOpcode));
  CHECK(ask(client, request([](Buffer& out) { protocol::append_header(out, {.opcode = 0x09}); })) ==
        static_cast<unsigned>(ErrorCode::kUnknownOpcode));
  CHECK(ask(client, beat({1})) == kTaken);
  CHECK(ask(client, kStats) == kTaken);
  CHECK(server.stat("refused_unknown_opcode") == 2);
}

TEST_CASE("without a token only hello, ping and auth are served, and nothing has an effect") {
  FakeAuthority authority;
  authority.accept("reader", service({Scope::kStatus}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  for (const Buffer& refused : {beat({1}), leave(1), status(1), kOnline, kCount, kStats}) {
    CHECK(ask(client, refused) == kUnauthenticated);
  }
  CHECK(ask(client, kPing) == kTaken);
  CHECK(ask(client, kHello) == kTaken);
  CHECK(server.stat("refused_unauthenticated") == 6);
  CHECK(server.stat("entries") == 0);
  CHECK(server.stat("heartbeats") == 0);
}

TEST_CASE("a service token does what its scopes say, and nothing else") {
  struct Row {
    Scope scope;
    unsigned beat, status, count, online, stats;
  };
  const auto row = GENERATE(values<Row>({
      {Scope::kHeartbeat, kTaken, kForbidden, kForbidden, kForbidden, kForbidden},
      {Scope::kStatus, kForbidden, kTaken, kTaken, kForbidden, kForbidden},
      {Scope::kAdmin, kForbidden, kForbidden, kForbidden, kTaken, kTaken},
  }));
  FakeAuthority authority;
  authority.accept("service", service({row.scope}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  client.send(auth_request("service"));
  const auto reply = protocol::read_auth_reply(client.receive().value().payload).value();
  CHECK(reply.grants == static_cast<std::uint32_t>(row.scope));
  CHECK(reply.valid_s == protocol::AuthReply::kNoEnd);
  CHECK(ask(client, beat({1, 2, 3})) == row.beat);
  CHECK(ask(client, leave(1)) == row.beat);
  CHECK(ask(client, status(1)) == row.status);
  CHECK(ask(client, kCount) == row.count);
  CHECK(ask(client, kOnline) == row.online);
  CHECK(ask(client, kStats) == row.stats);
  CHECK(ask(client, kPing) == kTaken);
}

TEST_CASE("a user beats and leaves for itself, reads statuses, and that is all") {
  FakeAuthority authority;
  auto somebody = user(42);
  somebody.not_after = 4'000'000'000;
  authority.accept("user", somebody);
  authority.accept("reader", service({Scope::kStatus}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  client.send(auth_request("user"));
  const auto reply = protocol::read_auth_reply(client.receive().value().payload).value();
  CHECK(reply.grants == (protocol::grant::kUser | protocol::grant::kStatus));
  CHECK(reply.user == UserId{42});
  CHECK(reply.valid_s < 4'000'000'000);
  CHECK(ask(client, beat({42})) == kTaken);
  CHECK(ask(client, beat({42, 42})) == kTaken);
  CHECK(presence_of(client, 42) == Presence::kOnline);
  // One other user in a request refuses it as a whole.
  CHECK(ask(client, beat({43})) == kForbidden);
  CHECK(ask(client, beat({42, 43})) == kForbidden);
  CHECK(ask(client, beat({43, 42})) == kForbidden);
  CHECK(ask(client, leave(43)) == kForbidden);
  CHECK(presence_of(client, 43) == Presence::kOffline);
  for (const Buffer& refused : {kOnline, kCount, kStats}) CHECK(ask(client, refused) == kForbidden);
  CHECK(ask(client, leave(42)) == kTaken);
  CHECK(presence_of(client, 42) == Presence::kLeft);
  CHECK(server.stat("refused_forbidden") == 7);
  CHECK(server.stat("heartbeats") == 3);
}

TEST_CASE("requests may be pipelined behind a token, and those before it are refused") {
  FakeAuthority authority;
  authority.accept("gateway", service({Scope::kHeartbeat, Scope::kStatus}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  Buffer all = beat({1});
  for (const Buffer& next : {auth_request("gateway"), beat({2}), status(1), status(2)}) {
    protocol::append(all, std::span{next});
  }
  client.send(all);
  CHECK(outcome(client.receive().value()) == kUnauthenticated);
  CHECK(outcome(client.receive().value()) == kTaken);
  CHECK(outcome(client.receive().value()) == kTaken);
  CHECK(protocol::compact_status_at(client.receive().value().payload, 0) == Presence::kOffline);
  CHECK(protocol::compact_status_at(client.receive().value().payload, 0) == Presence::kOnline);
}

TEST_CASE("quiet requests without a token are told by a notice, and have no effect") {
  FakeAuthority authority;
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  client.send(beat({1}, true));
  client.send(kPing);
  const auto event = client.receive().value();
  REQUIRE(event.header.opcode == static_cast<std::uint8_t>(protocol::Event::kNotice));
  const auto notice = protocol::read_notice(event.payload).value();
  CHECK(notice.last_code == ErrorCode::kUnauthenticated);
  CHECK(notice.refused_requests == 1);
  CHECK(client.receive().value().header.opcode == 0x87);
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("a token that is refused says nothing, leaves the one before, and the fifth closes") {
  FakeAuthority authority;
  authority.accept("reader", service({Scope::kStatus}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  CHECK(ask(client, auth_request("reader")) == kTaken);
  for (int i = 0; i < 4; ++i) {
    client.send(auth_request("wrong"));
    const auto reply = client.receive().value();
    CHECK(reply.header.opcode == 0x89);
    const auto error = protocol::read_error(reply.payload).value();
    CHECK(error.code == ErrorCode::kUnauthenticated);
    CHECK(error.message == describe(ErrorCode::kUnauthenticated));
    CHECK(ask(client, status(1)) == kTaken);
  }
  CHECK(ask(client, auth_request("wrong")) == kUnauthenticated);
  const auto goodbye = client.receive().value();
  CHECK(goodbye.header.opcode == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
  CHECK(outcome(goodbye) == static_cast<unsigned>(ErrorCode::kTooManyBadTokens));
  CHECK_FALSE(client.receive().has_value());
  CHECK(server.stat("refused_tokens") == 5);
  CHECK(server.stat("refused_guessing") == 1);
  CHECK(server.stat("refused_unauthenticated") == 0);
}

TEST_CASE("a connection follows what becomes of its token, without a word from the client") {
  FakeAuthority authority;
  authority.accept("service", service({Scope::kStatus}));
  TestServer server{guarded(authority)};
  RawClient client = server.connect();
  CHECK(ask(client, auth_request("service")) == kTaken);
  CHECK(ask(client, beat({1})) == kForbidden);
  authority.accept("service", service({Scope::kHeartbeat}));
  CHECK(ask(client, beat({1})) == kTaken);
  CHECK(ask(client, status(1)) == kForbidden);
  authority.forget("service");
  CHECK(ask(client, beat({1})) == kUnauthenticated);
  CHECK(ask(client, kPing) == kTaken);
  authority.accept("service", service({Scope::kHeartbeat}));
  CHECK(ask(client, beat({1})) == kUnauthenticated);  // what was taken away must be shown again
  CHECK(ask(client, auth_request("service")) == kTaken);
  CHECK(ask(client, beat({1})) == kTaken);
}

TEST_CASE("an answer that takes its time is given to whom it was promised") {
  FakeAuthority authority;
  authority.accept("gateway", service({Scope::kHeartbeat}));
  lastbeat::test::SlowStore store;
  TestServer server{guarded(authority), store};
  RawClient client = server.connect();
  CHECK(ask(client, auth_request("gateway")) == kTaken);
  store.hold();
  Buffer both = beat({1});
  const Buffer again = auth_request("gateway");
  protocol::append(both, std::span{again});
  client.send(both);
  authority.forget("gateway");
  store.release();
  CHECK(client.receive().has_value());
  CHECK(client.receive().has_value());
}
