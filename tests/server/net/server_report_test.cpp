#include "net/server_report.hpp"

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "net/binary_codec.hpp"
#include "protocol/request.hpp"
#include "server/net/slow_store.hpp"
#include "server/net/test_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::RawClient;
using lastbeat::test::SlowStore;
using lastbeat::test::TestServer;
using namespace std::chrono_literals;

namespace {

std::uint64_t sum_of(const Report& report, const std::string& stat) {
  std::uint64_t sum = 0;
  for (const Reading& reading : report.readings) sum += reading.stat == stat ? reading.value : 0;
  return sum;
}

Buffer heartbeats(std::size_t count) {
  const std::vector<UserId> user{UserId{42}};
  Buffer bytes;
  for (std::size_t i = 0; i < count; ++i) protocol::append_heartbeat(bytes, static_cast<std::uint16_t>(i), user);
  return bytes;
}

// A clock that stands still until it is moved.
std::atomic<std::chrono::nanoseconds> turn_time{0ns};
Session::Clock::time_point turn_now() { return Session::Clock::time_point{turn_time.load()}; }
void pass(std::chrono::nanoseconds time) { turn_time = turn_time.load() + time; }

}  // namespace

TEST_CASE("a turn is counted once, however many requests it serves, with the time that the store takes") {
  SlowStore store;
  TestServer server{{.threads = 1, .turn_clock = turn_now}, store};
  RawClient client = server.connect();
  store.hold();
  constexpr std::size_t kRequests = 5;
  client.send(heartbeats(kRequests));
  REQUIRE(server.wait_for_stat("requests_heartbeat", kRequests));
  pass(30ms);
  store.release();
  for (std::size_t i = 0; i < kRequests; ++i) REQUIRE(client.receive().has_value());
  // The reply may be here before the turn is over.
  REQUIRE(server.wait_for_turns(1));
  const Report report = server.report();
  REQUIRE(report.latencies.size() == 1);
  CHECK(report.latencies[0].metric == "lastbeat_turn_duration_seconds");
  CHECK(report.latencies[0].labels[0].value == "binary");
  CHECK(report.latencies[0].counts.sum() == 30ms);
  CHECK(sum_of(report, "requests") == kRequests);
}

TEST_CASE("waiting for the rest of a request, or for the next one, is no turn") {
  TestServer server{{.threads = 1, .turn_clock = turn_now}};
  RawClient client = server.connect();
  const Buffer bytes = heartbeats(1);
  client.send(std::span{bytes}.first(5));
  REQUIRE(server.wait_for_stat("bytes_in", 5));
  pass(1h);
  client.send(std::span{bytes}.subspan(5));
  REQUIRE(client.receive().has_value());
  REQUIRE(server.wait_for_turns(1));
  CHECK(server.report().latencies[0].counts.sum() == 0ns);
}

TEST_CASE("requests without a reply are turns too") {
  TestServer server{{.threads = 1}};
  RawClient client = server.connect();
  const std::vector<UserId> user{UserId{42}};
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, user);
  bytes[2] |= std::byte{protocol::request_flag::kQuiet};
  client.send(bytes);
  CHECK(server.wait_for_turns(1));
}

TEST_CASE("listeners of one protocol are counted together, those of another apart") {
  TestServer server{
      {.listen = {"127.0.0.1:0", "127.0.0.1:0"}, .other_listeners = {{"127.0.0.1:0", binary_protocol()}}}};
  for (std::size_t i = 0; i < 3; ++i) {
    RawClient client{server.address(i)};
    client.send(heartbeats(1));
    REQUIRE(client.receive().has_value());
  }
  std::map<std::string, std::uint64_t> heartbeats_by_protocol;
  for (const Reading& reading : server.report().readings) {
    if (reading.stat == "heartbeats") heartbeats_by_protocol[reading.labels.at(0).value] += reading.value;
  }
  CHECK(heartbeats_by_protocol == std::map<std::string, std::uint64_t>{{"binary", 2}, {"http", 1}});
}

TEST_CASE("when the server started is told, always the same") {
  const auto now_us = [] {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  };
  const std::uint64_t before = now_us();
  const TestServer server;
  const std::uint64_t started = sum_of(server.report(), "started_at_us");
  CHECK(started >= before);
  CHECK(started <= now_us());
  CHECK(sum_of(server.report(), "started_at_us") == started);
}

TEST_CASE("limits and memory are told") {
  TestServer server{{.max_users = 1234, .max_connections = 77}};
  RawClient client = server.connect();
  client.send(heartbeats(1));
  REQUIRE(client.receive().has_value());
  const Report report = server.report();
  CHECK(sum_of(report, "max_users") == 1234);
  CHECK(sum_of(report, "max_connections") == 77);
  CHECK(sum_of(report, "table_bytes") >= 2'000'000);
  CHECK(sum_of(report, "max_open_files") > 0);
  CHECK(sum_of(report, "sweep_lag_s") <= 30);
}
