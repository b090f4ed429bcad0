#include "bench/load_connection.hpp"

#include <asio/local/connect_pair.hpp>

#include "protocol/reply.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;
using Local = asio::local::stream_protocol;

namespace {

// A load connection whose server is played by the test. Everything runs in the test's thread.
struct Played {
  explicit Played(LoadConnection::Plan plan) {
    Local::socket load{context};
    asio::local::connect_pair(load, server);
    server.non_blocking(true);
    connection.emplace(std::make_unique<Link>(std::move(load)), make_lastbeat_dialect({.heartbeat_percent = 100}), plan,
                       tally);
  }

  // Requests that have come since the last call.
  std::size_t take_requests() {
    context.poll();
    Buffer bytes(std::size_t{1} << 20U);
    std::error_code none;
    constexpr std::size_t kRequestBytes = 12;
    return server.read_some(asio::buffer(bytes), none) / kRequestBytes;
  }
  void refuse() {
    Buffer bytes;
    protocol::append_error_reply(bytes, static_cast<std::uint8_t>(protocol::Opcode::kHeartbeat), tag++,
                                 protocol::ErrorCode::kUnauthenticated);
    asio::write(server, asio::buffer(bytes));
    context.poll();
  }
  void reply(std::size_t requests) {
    Buffer bytes;
    for (; requests > 0; --requests) protocol::append_write_reply(bytes, protocol::Opcode::kHeartbeat, tag++, {});
    asio::write(server, asio::buffer(bytes));
    context.poll();
  }

  asio::io_context context{1};
  Local::socket server{context};
  Tally tally;
  std::optional<LoadConnection> connection;
  std::uint16_t tag = 0;
};

LoadConnection::Clock::time_point now() { return LoadConnection::Clock::now(); }

}  // namespace

TEST_CASE("a closed loop keeps the pipeline full and no more") {
  Played load{{.pipeline = 4, .operations = 10, .schedule = {}, .seed = 1}};
  load.connection->start(now());
  CHECK(load.take_requests() == 4);
  CHECK(load.take_requests() == 0);
  load.reply(3);
  CHECK(load.take_requests() == 3);
  CHECK(load.tally.operations == 30);
  CHECK(load.tally.latency_ns.total() == 30);
  CHECK(load.connection->unanswered(now()) == 40);
  CHECK(load.tally.errors == 0);
}

TEST_CASE("what is refused is an error and no operation") {
  Played load{{.pipeline = 2, .operations = 1, .schedule = {}, .seed = 1}};
  load.connection->start(now());
  REQUIRE(load.take_requests() == 2);
  load.refuse();
  load.reply(1);
  CHECK(load.tally.operations == 1);
  CHECK(load.tally.latency_ns.total() == 1);
  CHECK(load.tally.errors == 1);
  CHECK(load.tally.messages.begin()->first.find("token") != std::string::npos);
  CHECK(load.take_requests() == 2);
}

TEST_CASE("latencies of a schedule count from when a request was due, however late it could be sent") {
  // One in a hundred seconds, and none was answered for a long time: 51 are due, and none will be while this test runs.
  Played load{{.pipeline = 1, .operations = 1, .schedule = Schedule{0.01, 1, 0}, .seed = 1}};
  const auto start = now() - 5050s;
  load.connection->start(start);
  CHECK(load.connection->unanswered(start + 5050s) == 51);
  for (int i = 0; i < 51; ++i) {
    REQUIRE(load.take_requests() == 1);
    load.reply(1);
  }
  CHECK(load.take_requests() == 0);
  CHECK(load.tally.operations == 51);
  CHECK(std::chrono::nanoseconds{load.tally.latency_ns.max()} >= 5050s);
  CHECK(std::chrono::nanoseconds{load.tally.latency_ns.percentile(0.5)} >= 2500s);
  CHECK(load.connection->unanswered(start + 5050s) == 0);
}

TEST_CASE("a load may end while a request waits for its time") {
  Played load{{.pipeline = 1, .operations = 1, .schedule = Schedule{0.01, 2, 1}, .seed = 1}};
  load.connection->start(now());
  CHECK(load.take_requests() == 0);
  load.connection.reset();  // before its context, as in a load
  CHECK(load.tally.operations == 0);
}

TEST_CASE("a lost connection ends the load with one error that says why") {
  Played load{{.pipeline = 1, .operations = 1, .schedule = {}, .seed = 1}};
  load.connection->start(now());
  SECTION("goodbye") {
    Buffer bytes;
    protocol::append_goodbye(bytes, protocol::ErrorCode::kTooManyConnections);
    asio::write(load.server, asio::buffer(bytes));
    load.server.close();
    load.context.run();
    CHECK(load.tally.messages.begin()->first.find("goodbye") != std::string::npos);
  }
  SECTION("closed") {
    load.take_requests();
    load.server.close();
    load.context.run();
    CHECK(load.tally.messages.begin()->first.find("connection lost") != std::string::npos);
  }
  SECTION("one reply too many") {
    load.take_requests();
    load.reply(2);
    load.context.run();
    CHECK(load.tally.messages.begin()->first.find("nobody had asked") != std::string::npos);
  }
  CHECK(load.tally.errors == 1);
  CHECK(load.connection->unanswered(now()) == 1);
}
