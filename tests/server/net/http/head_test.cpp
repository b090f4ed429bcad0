#include "http/head.hpp"

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::http;

namespace {

const std::string kText =
    "POST /heartbeat?x=1 HTTP/1.1\r\nhost: localhost:7231\r\nOrigin: http://a.example\r\n"
    "CONTENT-TYPE:application/json \r\nContent-Length: 14\r\nExpect: 100-Continue\r\n"
    "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n";

ParsedHead parse(std::string_view text) { return parse_head(protocol::as_bytes(text)); }

}  // namespace

TEST_CASE("a head is taken apart") {
  const std::string text = kText + "the body";
  const ParsedHead parsed = parse(text);
  REQUIRE(std::holds_alternative<Head>(parsed));
  const Head& head = std::get<Head>(parsed);
  CHECK(head.size_bytes == kText.size());
  CHECK(head.verb == Verb::kPost);
  CHECK(head.target == "/heartbeat?x=1");
  CHECK_FALSE(head.is_http_1_0);
  CHECK_FALSE(head.keeps_alive);
  CHECK_FALSE(head.is_chunked);
  CHECK(head.expects_continue);
  CHECK(head.content_length == 14);
  CHECK(head.host == "localhost:7231");
  CHECK(head.origin == "http://a.example");
  CHECK(head.content_type == "application/json");
  CHECK(head.requested_method == "POST");
}

TEST_CASE("a head that is not whole wants more, wherever it ends") {
  for (std::size_t size = 0; size < kText.size(); ++size) {
    CAPTURE(size);
    CHECK(std::holds_alternative<NeedMore>(parse(std::string_view{kText}.substr(0, size))));
  }
}

TEST_CASE("a head that nobody will finish is refused before it is endless") {
  std::string text = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
  while (std::holds_alternative<NeedMore>(parse(text))) {
    text += "aaaaaaaa";
    REQUIRE(text.size() < 2 * kMostHeadBytes);
  }
  CHECK(std::get<Refusal>(parse(text)) == Refusal::kHeadersTooLarge);
}
