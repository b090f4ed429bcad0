// What a server does with input that is wrong: the answer that docs/protocol.md promises, a counter, and no effect on
// anybody else.
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::OwnedFrame;
using lastbeat::test::RawClient;
using lastbeat::test::TestServer;
using protocol::ErrorCode;

namespace {

Buffer raw(std::initializer_list<unsigned> bytes) {
  Buffer buffer;
  for (const unsigned byte : bytes) buffer.push_back(static_cast<std::byte>(byte));
  return buffer;
}

Buffer from_text(std::string_view text) {
  const auto bytes = protocol::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

Buffer too_many_ids() {
  const std::vector<UserId> ids(protocol::Limits{}.max_ids + 1, UserId{1});
  Buffer buffer;
  protocol::append_heartbeat(buffer, 7, ids);
  return buffer;
}

ErrorCode code_of(const OwnedFrame& frame) {
  REQUIRE((frame.header.flags & protocol::reply_flag::kError) != 0);
  return protocol::read_error(frame.payload).value().code;
}

constexpr std::uint16_t kPingTag = 99;
Buffer ping() {
  Buffer bytes;
  protocol::append_ping(bytes, kPingTag);
  return bytes;
}

// Still served, right now?
void check_served(RawClient& client) {
  client.send(ping());
  const auto reply = client.receive();
  REQUIRE(reply.has_value());
  CHECK(reply->header == protocol::Header{.opcode = 0x87, .flags = 0, .length = 0, .tag = 99});
}

}  // namespace

TEST_CASE("a request that is wrong gets its error, has no effect, and the connection lives") {
  struct Row {
    Buffer bytes;
    ErrorCode code;
    const char* counter;
    const char* why;
  };
  const std::vector<Row> rows{
      {raw({0xB1, 0x3F, 0, 0, 0, 0, 7, 0}), ErrorCode::kUnknownOpcode, "refused_unknown_opcode", "unknown request"},
      {raw({0xB1, 0x00, 0, 0, 0, 0, 7, 0}), ErrorCode::kUnknownOpcode, "refused_unknown_opcode", "opcode 0"},
      {raw({0xB1, 0x81, 0, 0, 0, 0, 7, 0}), ErrorCode::kUnknownOpcode, "refused_unknown_opcode", "a reply"},
      {raw({0xB1, 0xC0, 0, 0, 0, 0, 7, 0}), ErrorCode::kUnknownOpcode, "refused_unknown_opcode", "an event"},
      {raw({0xB1, 0x01, 0x80, 0, 0, 0, 7, 0}), ErrorCode::kUnknownFlag, "refused_unknown_flag", "unknown flag"},
      {raw({0xB1, 0x05, 0x01, 0, 0, 0, 7, 0}), ErrorCode::kUnknownFlag, "refused_unknown_flag", "WIDE on count"},
      {raw({0xB1, 0x01, 0, 3, 0, 0, 7, 0, 1, 2, 3}), ErrorCode::kBadLength, "refused_bad_length", "half an id"},
      {raw({0xB1, 0x01, 0x04, 2, 0, 0, 7, 0, 1, 2}), ErrorCode::kBadLength, "refused_bad_length", "half an age"},
      {raw({0xB1, 0x05, 0, 1, 0, 0, 7, 0, 1}), ErrorCode::kBadLength, "refused_bad_length", "count with a body"},
      {raw({0xB1, 0x05, 0x10, 4, 0, 0, 7, 0, 2, 0, 0x80, 0}), ErrorCode::kUnknownExtension, "refused_unknown_extension",
       "an extension that must be understood"},
      {raw({0xB1, 0x08, 0, 2, 0, 0, 7, 0, 2, 9}), ErrorCode::kUnsupportedVersion, "refused_version", "too new"},
      {too_many_ids(), ErrorCode::kTooManyIds, "refused_too_many_ids", "one id too many"},
  };
  TestServer server;
  RawClient bystander = server.connect();
  RawClient client = server.connect();
  for (const Row& row : rows) {
    INFO(row.why);
    const std::uint64_t counted = server.stat(row.counter);
    client.send(row.bytes);
    const auto reply = client.receive();
    REQUIRE(reply.has_value());
    CHECK(code_of(*reply) == row.code);
    CHECK(reply->header.tag == 7);
    CHECK((reply->header.opcode & 0xC0U) == 0x80U);
    CHECK(server.stat(row.counter) == counted + 1);
    check_served(client);
    check_served(bystander);
  }
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("input that is no frame is told so, in the peer's own protocol if that is known, and the connection closes") {
  struct Row {
    Buffer bytes;
    std::string answer;
    const char* why;
  };
  const std::vector<Row> rows{
      {from_text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 400", "HTTP"},
      {from_text("POST /heartbeat HTTP/1.1\r\n\r\n"), "HTTP/1.1 400", "HTTP with a body to come"},
      {raw({0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc}), "\x15\x03\x03", "a TLS hello"},
      {from_text("*1\r\n$4\r\nPING\r\n"), "-ERR", "RESP"},
      {from_text("hello there"), "\xB1\xC0", "anything else"},
      {Buffer(300'000, std::byte{0}), "\xB1\xC0", "a lot of nothing"},
  };
  TestServer server;
  RawClient bystander = server.connect();
  for (const Row& row : rows) {
    INFO(row.why);
    const std::uint64_t counted = server.stat("refused_bad_magic");
    RawClient client = server.connect();
    client.send(row.bytes);
    CHECK(client.receive_text_until_closed().substr(0, row.answer.size()) == row.answer);
    CHECK(server.stat("refused_bad_magic") == counted + 1);
    check_served(bystander);
  }
}

TEST_CASE("a frame that is too long is refused by its header, with a goodbye after the replies before it") {
  TestServer server;
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_ping(bytes, 1);
  protocol::append_header(bytes,
                          {.opcode = 1, .flags = 0, .length = protocol::Limits{}.max_payload_bytes + 1, .tag = 2});
  bytes.resize(bytes.size() + 100'000);  // some of the body: it must not turn the goodbye into a reset
  client.send(bytes);
  CHECK(client.receive().value().header.opcode == 0x87);
  const auto goodbye = client.receive();
  REQUIRE(goodbye.has_value());
  CHECK(goodbye->header.opcode == 0xC0);
  CHECK(goodbye->header.tag == 0);
  CHECK(code_of(*goodbye) == ErrorCode::kFrameTooLong);
  CHECK_FALSE(client.receive().has_value());
  CHECK(server.stat("refused_frame_too_long") == 1);
}

TEST_CASE("garbage behind good requests does not cost them their replies") {
  TestServer server;
  RawClient client = server.connect();
  const std::vector<UserId> ids{UserId{1}, UserId{2}};
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, ids);
  protocol::append_status(bytes, 2, ids, protocol::StatusForm::kCompact);
  const Buffer garbage = raw({0, 1, 2, 3});
  bytes.insert(bytes.end(), garbage.begin(), garbage.end());
  client.send(bytes);
  CHECK(client.receive().value().header.tag == 1);
  const auto status = client.receive();
  CHECK(status.value().payload == Buffer{std::byte{0b0101}});
  CHECK(code_of(client.receive().value()) == ErrorCode::kBadMagic);
  CHECK_FALSE(client.receive().has_value());
}

TEST_CASE("half a frame and then silence ends with the idle timeout, and others live on") {
  lastbeat::test::TestServerConfig config;
  config.limits.idle_timeout = std::chrono::milliseconds{100};
  TestServer server{config};
  const auto bytes = GENERATE(raw({0xB1}), raw({0xB1, 0x01, 0, 8, 0, 0, 1, 0}),
                              raw({0xB1, 0x01, 0, 8, 0, 0, 1, 0, 1, 2, 3}), Buffer{});
  RawClient client = server.connect();
  client.send(bytes);
  const auto goodbye = client.receive();
  REQUIRE(goodbye.has_value());
  CHECK(code_of(*goodbye) == ErrorCode::kIdleTimeout);
  CHECK_FALSE(client.receive().has_value());
  CHECK(server.stat("refused_idle") == 1);
  // Of clients that come now one says something in time, also on a busy machine.
  bool is_served = false;
  for (int i = 0; i < 20 && !is_served; ++i) {
    RawClient other = server.connect();
    other.send(ping());
    const auto answer = other.receive();
    is_served = answer && answer->header.tag == kPingTag;
  }
  CHECK(is_served);
}

TEST_CASE("half a frame and then a closed connection is no error and leaves nothing behind") {
  TestServer server;
  {
    RawClient client = server.connect();
    client.send(raw({0xB1, 0x01, 0, 8, 0, 0, 1, 0, 1, 2, 3}));
    CHECK(server.wait_for_stat("connections", 1));
  }
  CHECK(server.wait_for_stat("connections", 0));
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("a client that does not read is cut off, and what it makes the server hold is bounded") {
  lastbeat::test::TestServerConfig config;
  config.limits.slow_reader_timeout = std::chrono::milliseconds{200};
  TestServer server{config};
  RawClient client = server.connect();
  RawClient bystander = server.connect();
  Buffer stats;
  for (int i = 0; i < 20'000; ++i) protocol::append_stats(stats, 1);  // about 20 MB of replies
  try {
    for (int i = 0; i < 1000; ++i) client.send(stats);
  } catch (const std::system_error&) {  // the server closed the connection
  }
  CHECK(server.wait_for_stat("refused_slow_readers", 1));
  check_served(bystander);
}
