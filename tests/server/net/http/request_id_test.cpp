#include "http/request_id.hpp"

#include <set>
#include <string>

#include "server/net/http/http_client.hpp"
#include "server/net/slow_store.hpp"
#include "support/catch.hpp"

using lastbeat::http::RequestId;
using lastbeat::http::RequestIdMaker;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::TestServer;

namespace {

const std::string kLongest(RequestId::kMostBytes, 'a');

std::string header(const std::string& id) { return "X-Request-Id: " + id + "\r\n"; }

bool is_made_here(const std::string& id) {
  return id.size() == 16 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

TEST_CASE("ids of a client are taken when they can do no harm") {
  CHECK(RequestId{"9f86d081-884c-4d63-a015-a3bf4f1b2b0b"}.text() == "9f86d081-884c-4d63-a015-a3bf4f1b2b0b");
  CHECK(RequestId{"Root=1:a_b/c+d."}.text() == "Root=1:a_b/c+d.");
  CHECK(RequestId{kLongest}.text() == kLongest);
  for (const std::string& bad : {std::string{}, kLongest + "a", std::string{"a b"}, std::string{"a\"b"},
                                 std::string{"a\x01"}, std::string{"\xc3\xa4"}, std::string{"a\\b"}}) {
    CAPTURE(bad);
    CHECK(RequestId{bad}.is_empty());
  }
}

TEST_CASE("ids that are made differ") {
  RequestIdMaker one;
  RequestIdMaker other;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    for (RequestIdMaker* maker : {&one, &other}) {
      const RequestId id = maker->make();
      CHECK(is_made_here(std::string{id.text()}));
      ids.emplace(id.text());
    }
  }
  CHECK(ids.size() == 2000);
}

TEST_CASE("an error carries the id of its request, or one that is made for it") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  const auto id_of = [&](const std::string& headers) {
    const HttpReply reply = client.ask("GET", "/nowhere", "", headers);
    CHECK(reply.error_code() == "not_found");
    return reply.header("x-request-id");
  };
  CHECK(id_of(header("from-a-client")) == "from-a-client");
  CHECK(id_of("x-reQUEST-id: " + kLongest + "\r\n") == kLongest);
  CHECK(is_made_here(id_of("")));
  CHECK(is_made_here(id_of(header(kLongest + "a"))));
  CHECK(is_made_here(id_of(header("evil\" id"))));
  CHECK(id_of("") != id_of(""));
}

TEST_CASE("a success repeats the id that it was given and has none otherwise") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(client.ask("GET", "/status/1", "", header("abc")).header("x-request-id") == "abc");
  CHECK(client.ask("GET", "/status/1").header("x-request-id").empty());
}

TEST_CASE("a refused request whose body comes in chunks, or later, has its id") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  client.send(
      "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: chunky\r\nTransfer-Encoding: chunked\r\n\r\n2");
  client.send("\r\n{}\r\n0\r\n\r\n");
  CHECK(client.receive().header("x-request-id") == "chunky");
  client.send("POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: later\r\nContent-Length: 2\r\n\r\n{");
  REQUIRE(server.wait_for_stat("requests", 0));
  client.send("}");
  CHECK(client.receive().header("x-request-id") == "later");
}

TEST_CASE("what is no request at all is refused with an id too") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  client.send("no request\r\n\r\n");
  const HttpReply reply = client.receive();
  CHECK(reply.status == 400);
  CHECK(is_made_here(reply.header("x-request-id")));
}
