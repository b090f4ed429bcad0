#include "net/net_server.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "net/binary_codec.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::OwnedFrame;
using lastbeat::test::RawClient;
using lastbeat::test::TestServer;
using lastbeat::test::TestServerConfig;

namespace {

const std::vector<UserId> kUsers{UserId{0}, UserId{7}, UserId{~std::uint64_t{0}}};

// A socket path of its own for every test that runs.
struct SocketPath {
  SocketPath() {
    static std::atomic<int> count{0};
    path = (std::filesystem::temp_directory_path() /
            ("lastbeat-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".sock"))
               .string();
  }
  ~SocketPath() { ::unlink(path.c_str()); }
  SocketPath(const SocketPath&) = delete;
  SocketPath& operator=(const SocketPath&) = delete;
  [[nodiscard]] std::string address() const { return "unix:" + path; }
  std::string path;
};

Buffer ping(std::uint16_t tag) {
  Buffer bytes;
  protocol::append_ping(bytes, tag);
  return bytes;
}

// Codecs of the binary protocol, as many as there are `left`; then there is no memory.
class ScarceCodecs final : public CodecFactory {
 public:
  ScarceCodecs(const CodecServices& services, std::atomic<int>& left)
      : codecs_{binary_protocol()(services)}, left_{left} {}
  std::unique_ptr<Codec> make() override {
    if (left_.fetch_sub(1) <= 0) throw std::bad_alloc{};
    return codecs_->make();
  }

 private:
  std::unique_ptr<CodecFactory> codecs_;
  std::atomic<int>& left_;
};

protocol::WriteReply write_reply(const std::optional<OwnedFrame>& frame) {
  REQUIRE(frame.has_value());
  return protocol::read_write_reply(frame->payload).value();
}

protocol::ErrorCode goodbye_code(const std::optional<OwnedFrame>& frame) {
  REQUIRE(frame.has_value());
  REQUIRE(frame->header.opcode == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
  return protocol::read_error(frame->payload).value().code;
}

}  // namespace

TEST_CASE("heartbeats in, status out, over TCP and over a unix socket") {
  const SocketPath path;
  TestServerConfig config;
  config.listen = {"127.0.0.1:0", path.address()};
  TestServer server{config};
  RawClient client{server.address(GENERATE(0U, 1U))};

  Buffer bytes;
  protocol::append_status(bytes, 1, kUsers, protocol::StatusForm::kCompact);
  protocol::append_heartbeat(bytes, 2, kUsers);
  protocol::append_status(bytes, 3, kUsers, protocol::StatusForm::kCompact);
  protocol::append_leave(bytes, 4, std::span{kUsers}.first(1));
  protocol::append_status(bytes, 5, kUsers, protocol::StatusForm::kDetailed);
  protocol::append_count(bytes, 6);
  protocol::append_online(bytes, 7, 0, 0);
  client.send(bytes);

  CHECK(client.receive().value().payload == Buffer{std::byte{0}});
  CHECK(write_reply(client.receive()) == protocol::WriteReply{});
  CHECK(client.receive().value().payload == Buffer{std::byte{0b010101}});
  CHECK(write_reply(client.receive()) == protocol::WriteReply{});
  const Buffer detailed = client.receive().value().payload;
  CHECK(protocol::detailed_status_at(detailed, 0).presence == Presence::kLeft);
  CHECK(protocol::detailed_status_at(detailed, 1).presence == Presence::kOnline);
  CHECK(protocol::detailed_status_at(detailed, 1).age_s <= 20);
  CHECK(protocol::read_count_reply(client.receive().value().payload) ==
        protocol::CountReply{.online = 2, .entries = 3});
  const OwnedFrame online = client.receive().value();
  CHECK((online.header.flags & protocol::reply_flag::kMore) == 0);
  CHECK(protocol::read_online_reply(online.payload).value().id_bytes.size() == 2 * sizeof(UserId));
}

TEST_CASE("hello tells the limits, the ttl and the life") {
  TestServer server{{.rules = {.ttl = 12, .retain = 60}}};
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_hello(bytes, 1);
  client.send(bytes);
  CHECK(protocol::read_hello_reply(client.receive().value().payload) ==
        protocol::HelloReply{.version = 1,
                             .max_payload_bytes = protocol::Limits{}.max_payload_bytes,
                             .max_ids = protocol::Limits{}.max_ids,
                             .ttl_s = 12,
                             .interval_ms = 4000,
                             .doubt_left_s = 0,
                             .life = 0x1122334455667788});
}

TEST_CASE("a stream that arrives in two pieces gets the same replies, wherever it is cut") {
  TestServer server;
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, kUsers, {.quiet = false, .age = protocol::Age{0}});
  protocol::append_status(bytes, 2, kUsers, protocol::StatusForm::kCompact);
  protocol::append_ping(bytes, 3, protocol::as_bytes("hi"));
  protocol::append_header(bytes, {.opcode = 0x3F, .flags = 0, .length = 5, .tag = 4});
  bytes.resize(bytes.size() + 5);
  protocol::append_leave(bytes, 5, kUsers);
  RawClient client = server.connect();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    client.send(std::span{bytes}.first(cut));
    // The answer to what is whole so far proves that the server has seen this piece before the next one is sent.
    const bool has_first = cut >= 8 + 4 + 24;
    if (has_first) REQUIRE(client.receive().value().header.tag == 1);
    client.send(std::span{bytes}.subspan(cut));
    for (std::uint16_t tag = has_first ? 2 : 1; tag <= 5; ++tag) REQUIRE(client.receive().value().header.tag == tag);
  }
}

TEST_CASE("requests that arrive byte by byte are served") {
  TestServer server;
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, kUsers);
  protocol::append_ping(bytes, 2, protocol::as_bytes("x"));
  for (const std::byte byte : bytes) client.send(std::span{&byte, 1});
  CHECK(client.receive().value().header.tag == 1);
  CHECK(client.receive().value().payload.size() == 1);
}

TEST_CASE("requests larger than one read, with others in front and behind, are served in order") {
  TestServer server;
  RawClient client = server.connect();
  std::vector<UserId> many;
  for (std::uint64_t i = 0; i < protocol::Limits{}.max_ids; ++i) many.push_back(UserId{i << 32U});
  Buffer bytes = ping(1);
  protocol::append_heartbeat(bytes, 2, many);
  protocol::append_status(bytes, 3, many, protocol::StatusForm::kDetailed);
  const Buffer last = ping(4);
  bytes.insert(bytes.end(), last.begin(), last.end());
  REQUIRE(bytes.size() > 2 * EventLoop::kScratchBytes);
  client.send(bytes);
  CHECK(client.receive().value().header.tag == 1);
  CHECK(write_reply(client.receive()) == protocol::WriteReply{});
  const Buffer statuses = client.receive().value().payload;
  REQUIRE(statuses.size() == many.size() * 4);
  for (std::size_t i = 0; i < many.size(); ++i) {
    REQUIRE(protocol::detailed_status_at(statuses, i).presence == Presence::kOnline);
  }
  CHECK(client.receive().value().header.tag == 4);
}

TEST_CASE("thousands of pipelined requests are all answered, in order, also to a client that reads late") {
  TestServer server;
  RawClient client = server.connect();
  constexpr std::uint16_t kRequests = 60'000;
  std::thread sender{[&] {
    Buffer bytes;
    for (std::uint16_t tag = 0; tag < kRequests; ++tag) {
      protocol::append_status(bytes, tag, kUsers, protocol::StatusForm::kDetailed);
    }
    client.send(bytes);
  }};
  for (std::uint16_t tag = 0; tag < kRequests; ++tag) {
    const auto reply = client.receive();
    if (!reply || reply->header.tag != tag) FAIL("reply " << tag);
  }
  sender.join();
}

TEST_CASE("a full server refuses new users and says how many") {
  TestServerConfig config;
  config.max_users = 2;
  TestServer server{config};
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, kUsers);
  client.send(bytes);
  CHECK(write_reply(client.receive()) == protocol::WriteReply{.refused = 1, .too_old = 0});
  CHECK(server.stat("refused_users") == 1);
  CHECK(server.stat("entries") == 2);
}

TEST_CASE("commands that are too old are counted and told") {
  TestServer server{{.rules = {.ttl = 5, .retain = 5}}};
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, kUsers, {.quiet = false, .age = protocol::Age{7000}});
  client.send(bytes);
  CHECK(write_reply(client.receive()) == protocol::WriteReply{.refused = 0, .too_old = 3});
  CHECK(server.stat("too_old") == 3);
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("quiet requests get no reply, and ping is preceded by what they were refused") {
  TestServerConfig config;
  config.max_users = 2;
  TestServer server{config};
  RawClient client = server.connect();
  Buffer first;
  protocol::append_heartbeat(first, 1, kUsers, {.quiet = true, .age = std::nullopt});
  client.send(first);
  const OwnedFrame at_once = client.receive().value();
  CHECK(at_once.header.opcode == static_cast<std::uint8_t>(protocol::Event::kNotice));
  CHECK(protocol::read_notice(at_once.payload).value().refused_ids == 1);

  Buffer bytes;
  protocol::append_heartbeat(bytes, 2, kUsers, {.quiet = true, .age = std::nullopt});
  protocol::append_leave(bytes, 3, kUsers, {.quiet = true, .age = protocol::Age{60'000}});
  protocol::append_header(bytes, {.opcode = 0x3F, .flags = protocol::request_flag::kQuiet, .length = 0, .tag = 4});
  protocol::append_ping(bytes, 5);
  client.send(bytes);
  const OwnedFrame notice = client.receive().value();
  CHECK(notice.header.opcode == static_cast<std::uint8_t>(protocol::Event::kNotice));
  CHECK(protocol::read_notice(notice.payload) == protocol::Notice{.last_code = protocol::ErrorCode::kUnknownOpcode,
                                                                  .refused_requests = 1,
                                                                  .refused_ids = 1,
                                                                  .too_old_ids = 3});
  CHECK(client.receive().value().header.tag == 5);
}

TEST_CASE("one connection too many is told why, and the place is free again once somebody goes") {
  TestServerConfig config;
  config.max_connections = 2;
  TestServer server{config};
  RawClient first = server.connect();
  {
    RawClient second = server.connect();
    second.send(ping(1));
    CHECK(second.receive().value().header.tag == 1);
    RawClient third = server.connect();
    CHECK(goodbye_code(third.receive()) == protocol::ErrorCode::kTooManyConnections);
    CHECK_FALSE(third.receive().has_value());
    CHECK(server.stat("refused_connections") == 1);
    first.send(ping(2));
    CHECK(first.receive().value().header.tag == 2);
  }
  CHECK(server.wait_for_stat("connections", 1));
  RawClient again = server.connect();
  again.send(ping(3));
  CHECK(again.receive().value().header.tag == 3);
}

TEST_CASE("a connection for which there is no memory is closed and counted, and the others live") {
  TestServerConfig config;
  std::atomic<int> left{1};
  config.other_listeners.emplace_back(
      "127.0.0.1:0", [&](const CodecServices& services) { return std::make_unique<ScarceCodecs>(services, left); });
  TestServer server{config};
  RawClient first{server.address(1)};
  first.send(ping(1));
  CHECK(first.receive().value().header.tag == 1);
  RawClient second{server.address(1)};
  CHECK(second.receive_text_until_closed().empty());
  CHECK(server.wait_for_stat("out_of_memory", 1));
  CHECK(server.wait_for_stat("connections", 1));
  first.send(ping(2));
  CHECK(first.receive().value().header.tag == 2);
}

TEST_CASE("a client that stops sending still gets its replies") {
  TestServer server;
  RawClient client = server.connect();
  client.send(ping(1));
  client.shut_down_sending();
  CHECK(client.receive().value().header.tag == 1);
  CHECK_FALSE(client.receive().has_value());
}

TEST_CASE("stopping says goodbye to everybody after whole replies, and waits for nobody for long") {
  TestServer server;
  RawClient idle = server.connect();
  RawClient busy = server.connect();
  RawClient deaf = server.connect();  // sends, never reads
  idle.send(ping(1));
  CHECK(idle.receive().has_value());
  std::atomic<bool> stopped{false};
  std::thread sender{[&] {
    Buffer bytes;
    for (std::uint16_t tag = 0; tag < 1000; ++tag) protocol::append_stats(bytes, tag);
    try {
      while (!stopped) busy.send(bytes);
    } catch (const std::system_error&) {  // the server has closed
    }
  }};
  std::thread deaf_sender{[&] {
    Buffer bytes;
    for (std::uint16_t tag = 0; tag < 1000; ++tag) protocol::append_stats(bytes, tag);
    try {
      while (!stopped) deaf.send(bytes);
    } catch (const std::system_error&) {
    }
  }};
  for (int i = 0; i < 100; ++i) REQUIRE(busy.receive().has_value());
  std::thread stopper{[&] { server.stop(); }};
  // Throws if the connection ends within a frame. The last one says why it ended.
  std::optional<OwnedFrame> last;
  while (auto frame = busy.receive()) last = std::move(frame);
  CHECK(goodbye_code(last) == protocol::ErrorCode::kShuttingDown);
  CHECK(goodbye_code(idle.receive()) == protocol::ErrorCode::kShuttingDown);
  CHECK_FALSE(idle.receive().has_value());
  stopper.join();
  stopped = true;
  sender.join();
  deaf_sender.join();
}

TEST_CASE("the event loops answer together, and not while one of them hangs") {
  TestServer server;
  std::promise<void> hangs;
  std::promise<void> release;
  server.ask_loops([&] {
    hangs.set_value();
    release.get_future().wait();
  });
  hangs.get_future().wait();
  std::promise<void> answered;
  server.ask_loops([&] { answered.set_value(); });
  auto answer = answered.get_future();
  CHECK(answer.wait_for(std::chrono::milliseconds{50}) == std::future_status::timeout);
  release.set_value();
  CHECK(answer.wait_for(RawClient::kPatience) == std::future_status::ready);
}

TEST_CASE("an address that is taken is an error that names it") {
  TestServer server;
  TestServerConfig config;
  config.listen = {server.address()};
  CHECK_THROWS_WITH(TestServer{config}, Catch::Contains(server.address()) && Catch::Contains("in use"));
}

TEST_CASE("a unix socket that a dead server left behind is replaced, one in use is not") {
  const SocketPath path;
  TestServerConfig config;
  config.listen = {path.address()};
  {
    asio::io_context context;
    asio::local::stream_protocol::acceptor abandoned{context, asio::local::stream_protocol::endpoint{path.path}};
  }
  REQUIRE(std::filesystem::exists(path.path));
  {
    TestServer server{config};
    RawClient client = server.connect();
    client.send(ping(1));
    CHECK(client.receive().has_value());
    CHECK_THROWS_WITH(TestServer{config}, Catch::Contains(path.path));
    client.send(ping(2));
    CHECK(client.receive().has_value());
  }
  CHECK_FALSE(std::filesystem::exists(path.path));
}

TEST_CASE("a file that is no socket is never replaced") {
  const SocketPath path;
  std::ofstream{path.path} << "precious";
  TestServerConfig config;
  config.listen = {path.address()};
  CHECK_THROWS_AS(TestServer{config}, std::system_error);
  CHECK(std::filesystem::file_size(path.path) == 8);
}

TEST_CASE("every name in the stats is explained in docs/operations.md") {
  TestServer server;
  RawClient client = server.connect();
  Buffer bytes;
  protocol::append_stats(bytes, 1);
  client.send(bytes);
  const Buffer reply = client.receive().value().payload;
  std::ifstream file{LASTBEAT_SOURCE_DIR "/docs/operations.md"};
  std::stringstream document;
  document << file.rdbuf();
  std::istringstream lines{std::string{protocol::as_text(reply)}};
  std::string name;
  int names = 0;
  for (std::uint64_t value = 0; lines >> name >> value; ++names) {
    CAPTURE(name);
    CHECK(document.str().find("| `" + name + "` |") != std::string::npos);
  }
  CHECK(names > 30);
}
