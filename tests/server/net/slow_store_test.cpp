// A store that answers later and on another thread: replies keep their order, nothing overtakes, failures are told.
#include "server/net/slow_store.hpp"

#include <thread>

#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::RawClient;
using lastbeat::test::SlowStore;
using lastbeat::test::TestServer;

namespace {

constexpr std::uint16_t kRounds = 2000;

}  // namespace

TEST_CASE("with a store that answers later, replies come in order and see what was sent before them") {
  SlowStore store;
  TestServer server{{}, store};
  RawClient client = server.connect();
  Buffer bytes;
  for (std::uint16_t round = 0; round < kRounds; ++round) {
    const std::vector<UserId> user{UserId{round}};
    protocol::append_heartbeat(bytes, round, user);
    protocol::append_status(bytes, round, user, protocol::StatusForm::kCompact);
    protocol::append_leave(bytes, round, user);
    protocol::append_status(bytes, round, user, protocol::StatusForm::kCompact);
    if (round % 100 == 0) protocol::append_count(bytes, round);
    protocol::append_ping(bytes, round);
  }
  std::thread sender{[&] { client.send(bytes); }};
  for (std::uint16_t round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    REQUIRE(client.receive().value().header.opcode == 0x81);
    REQUIRE(client.receive().value().payload == Buffer{std::byte{1}});
    REQUIRE(client.receive().value().header.opcode == 0x83);
    REQUIRE(client.receive().value().payload == Buffer{std::byte{3}});
    if (round % 100 == 0) {
      const auto count = protocol::read_count_reply(client.receive().value().payload).value();
      REQUIRE(count == protocol::CountReply{.online = 0, .entries = std::uint64_t{round} + 1});
    }
    REQUIRE(client.receive().value().header.opcode == 0x87);
  }
  sender.join();
}

TEST_CASE("a store that cannot be reached is an error reply, and the connection lives until it is back") {
  SlowStore store;
  TestServer server{{}, store};
  RawClient client = server.connect();
  const std::vector<UserId> user{UserId{1}};
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, user);
  protocol::append_ping(bytes, 2);

  store.is_down = true;
  client.send(bytes);
  const auto refused = client.receive().value();
  CHECK(protocol::read_error(refused.payload).value().code == protocol::ErrorCode::kStoreUnavailable);
  CHECK(client.receive().value().header.opcode == 0x87);
  CHECK(server.stat("refused_store_unavailable") == 1);

  store.is_down = false;
  client.send(bytes);
  CHECK(client.receive().value().header.flags == 0);
}

TEST_CASE("a store that reaches only some of the users answers for those, and refuses requests that name no such one") {
  SlowStore store;
  store.knows_only_even = true;
  TestServer server{{}, store};
  RawClient client = server.connect();
  const std::vector<UserId> odd{UserId{1}, UserId{3}};
  const std::vector<UserId> mixed{UserId{1}, UserId{2}, UserId{4}};
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, odd);
  protocol::append_heartbeat(bytes, 2, std::vector{UserId{2}});
  protocol::append_heartbeat(bytes, 3, mixed);
  protocol::append_status(bytes, 4, odd, protocol::StatusForm::kCompact);
  protocol::append_status(bytes, 5, mixed, protocol::StatusForm::kCompact);
  client.send(bytes);
  CHECK(protocol::read_error(client.receive().value().payload).value().code == protocol::ErrorCode::kStoreUnavailable);
  CHECK(protocol::read_write_reply(client.receive().value().payload).value() == protocol::WriteReply{});
  CHECK(protocol::read_write_reply(client.receive().value().payload).value() == protocol::WriteReply{.refused = 1});
  CHECK(protocol::read_error(client.receive().value().payload).value().code == protocol::ErrorCode::kStoreUnavailable);
  // Two bits a user: unknown, online, online.
  CHECK(client.receive().value().payload == Buffer{std::byte{0b01'01'10}});
  CHECK(server.stat("refused_store_unavailable") == 2);
}

TEST_CASE("a store that cannot list, or cannot count, says so") {
  SlowStore store;
  TestServer server{{}, store};
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_online(bytes, 1, 0, 10);
  protocol::append_count(bytes, 2);
  store.lists = false;
  client.send(bytes);
  CHECK(protocol::read_error(client.receive().value().payload).value().code == protocol::ErrorCode::kUnsupported);
  CHECK((client.receive().value().header.flags & protocol::reply_flag::kError) == 0);
  store.lists = true;
  store.counts = false;
  client.send(bytes);
  CHECK((client.receive().value().header.flags & protocol::reply_flag::kError) == 0);
  CHECK(protocol::read_error(client.receive().value().payload).value().code == protocol::ErrorCode::kUnsupported);
  CHECK(server.stat("refused_unsupported") == 2);
}

TEST_CASE("stopping while a store is at work finishes its replies first") {
  SlowStore store;
  TestServer server{{}, store};
  RawClient client = server.connect();
  Buffer bytes;
  for (std::uint16_t tag = 0; tag < 100; ++tag) protocol::append_heartbeat(bytes, tag, std::vector{UserId{tag}});
  client.send(bytes);
  REQUIRE(client.receive().value().header.tag == 0);
  std::thread stopper{[&] { server.stop(); }};
  std::uint8_t last = 0;
  while (const auto frame = client.receive()) last = frame->header.opcode;
  CHECK(last == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
  stopper.join();
}

TEST_CASE("stopping waits for a store that tells later than the grace, and then ends without its connection") {
  SlowStore store;
  TestServer server{{}, store};
  RawClient client = server.connect();
  store.hold();
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, std::vector{UserId{1}});
  client.send(bytes);
  REQUIRE(server.wait_for_stat("heartbeats", 1));
  std::thread stopper{[&] { server.stop(); }};
  CHECK_FALSE(client.receive().has_value());  // closed when the grace was over, without a reply
  store.release();
  stopper.join();
  CHECK(store.entries() == 1);
}
