// The bound on what all connections hold together, as HTTP tells of it: see tests/server/net/overload_test.cpp.
#include "server/net/http/http_client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::TestServer;

TEST_CASE("a body for which there is no room is refused before it is whole, however it comes") {
  auto config = http_config();
  config.limits.max_held_bytes = 100'000;
  TestServer server{config};
  HttpClient bystander{server.address(1)};
  const std::string head = "POST /heartbeats HTTP/1.1\r\nHost: localhost\r\n";
  const std::string half(200'000, ' ');
  const auto length = GENERATE(std::string{"Content-Length: 400000\r\n\r\n"},
                               std::string{"Transfer-Encoding: chunked\r\n\r\n61A80\r\n"});
  CAPTURE(length);
  HttpClient client{server.address(1)};
  client.send(head + length + half);
  const auto reply = client.receive();
  CHECK(reply.status == 503);
  CHECK(reply.error_code() == "overloaded");
  CHECK(reply.header("connection") == "close");
  CHECK(client.is_closed());
  CHECK(server.stat("refused_overload") == 1);
  CHECK(bystander.ask("GET", "/healthz").status == 200);

  const std::string small = R"({"user_ids":[1]})" + std::string(80'000, ' ');
  CHECK(bystander.ask("POST", "/heartbeats", small).status == 200);
}

TEST_CASE("replies that nobody reads count as well") {
  auto config = http_config();
  config.limits.max_held_bytes = 100'000;
  config.limits.slow_reader_timeout = std::chrono::milliseconds{100};
  TestServer server{config};
  HttpClient bystander{server.address(1)};
  std::string ids = "1";
  for (int i = 1; i < 20'000; ++i) ids += ",1";
  const std::string body = R"({"user_ids":[)" + ids + "]}";  // 40 kB, and a reply of 1.5 MB
  const std::string request =
      "POST /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  // How much of a reply is left over when nothing more goes into the socket is chance: seldom less than the bound.
  for (int i = 0; i < 20 && server.stat("refused_overload") == 0; ++i) {
    HttpClient deaf{server.address(1)};
    try {
      for (int j = 0; j < 1000; ++j) deaf.send(request);
    } catch (const std::system_error&) {  // the server closed the connection
    }
  }
  CHECK(server.stat("refused_overload") == 1);
  CHECK(bystander.ask("GET", "/healthz").status == 200);
}
