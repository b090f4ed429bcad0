// What all connections together make a server hold is bounded: whoever would make it more is told so, others are
// served.
#include <chrono>
#include <list>
#include <thread>

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

// One heartbeat request of a size that no read takes whole.
Buffer large_request() {
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < 40'000; ++i) users.push_back(UserId{i << 32U});
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, users);
  return bytes;
}

void check_served(RawClient& client) {
  Buffer ping;
  protocol::append_ping(ping, 9);
  client.send(ping);
  CHECK(client.receive().value().header.tag == 9);
}

}  // namespace

TEST_CASE("half requests of all connections together have a bound, and who goes beyond it is told") {
  const Buffer request = large_request();  // 320,008 bytes
  TestServerConfig config;
  config.limits.max_held_bytes = 1'000'000;  // of three such requests at most
  config.limits.slow_reader_timeout = std::chrono::seconds{20};
  TestServer server{config};
  RawClient bystander = server.connect();
  RawClient first = server.connect();
  first.send(std::span{request}.first(request.size() - 1));
  REQUIRE(server.wait_for_stat("bytes_in", request.size() - 1));
  std::list<RawClient> others;  // which do not move
  for (int i = 0; i < 9; ++i) {
    others.emplace_back(server.address());
    others.back().send(std::span{request}.first(request.size() - 1));
  }
  // Two of them may find room beside the first.
  std::size_t told = 0;
  const auto deadline = std::chrono::steady_clock::now() + RawClient::kPatience;
  for (auto client = others.begin(); told < 7 && std::chrono::steady_clock::now() < deadline;) {
    if (client->has_input()) {
      const OwnedFrame goodbye = client->receive().value();
      REQUIRE(goodbye.header.opcode == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
      CHECK(protocol::read_error(goodbye.payload).value().code == protocol::ErrorCode::kOverloaded);
      CHECK_FALSE(client->receive().has_value());
      client = others.erase(client);
      ++told;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      ++client;
    }
    if (client == others.end()) client = others.begin();
  }
  CHECK(told == 7);
  CHECK(server.stat("refused_overload") >= told);
  check_served(bystander);

  first.send(std::span{request}.last(1));
  CHECK(first.receive().value().header.tag == 1);
  others.clear();
  REQUIRE(server.wait_for_stat("connections", 2));
  RawClient again = server.connect();
  again.send(request);
  CHECK(again.receive().value().header.tag == 1);
}
