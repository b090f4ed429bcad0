// Questions over HTTP are answered without an allocation once buffers have grown; reading JSON allocates a little.
#include "server/net/http/http_client.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"

using lastbeat::test::allocations;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::TestServer;

namespace {

constexpr int kRounds = 500;

std::uint64_t allocations_of(const std::string& request, std::size_t replies) {
  lastbeat::test::leave_out_this_thread();  // the client
  auto config = http_config();
  config.threads = 1;
  config.history_interval = std::chrono::hours{1};  // a sample of it allocates
  TestServer server{config};
  HttpClient client{server.address(1)};
  const auto talk = [&] {
    client.send(request);
    for (std::size_t i = 0; i < replies; ++i) REQUIRE(client.receive().status == 200);
  };
  for (int i = 0; i < kRounds; ++i) talk();
  const std::uint64_t before = allocations();
  for (int i = 0; i < kRounds; ++i) talk();
  return allocations() - before;
}

}  // namespace

TEST_CASE("a status over HTTP costs no allocation, alone or pipelined") {
  const std::string one =
      "GET /status/42 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a test\r\nAccept: */*\r\nX-A: b\r\n\r\n";
  const std::size_t count = GENERATE(1U, 20U);
  std::string request;
  for (std::size_t i = 0; i < count; ++i) request += one;
  // The timer of the loop, twice a second, may have Asio allocate.
  CHECK(allocations_of(request, count) < kRounds / 10);
}

TEST_CASE("a heartbeat over HTTP costs few allocations") {
  const std::string beat = "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{\"user_id\":42}";
  constexpr int kMost = 8;
  CHECK(allocations_of(beat, 1) < kMost * kRounds);
}
