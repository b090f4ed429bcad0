#include "protocol/foreign.hpp"

#include <string>

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat::protocol;

namespace {

std::string answer_to(std::string_view input) {
  return std::string{as_text(answer_to_foreign_protocol(as_bytes(input)))};
}

}  // namespace

TEST_CASE("whoever speaks HTTP is answered in HTTP, with a body of the length it says") {
  for (const char* request :
       {"GET / HTTP/1.1\r\n", "POST /heartbeat HTTP/1.1\r\n", "HEAD /", "OPTIONS *", "PRI * HTTP/2.0"}) {
    const std::string answer = answer_to(request);
    CAPTURE(answer);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    const std::size_t body = answer.find("\r\n\r\n") + 4;
    const std::string field = "Content-Length: ";
    const std::size_t length = std::stoul(answer.substr(answer.find(field) + field.size()));
    CHECK(answer.size() - body == length);
  }
}

TEST_CASE("a TLS hello is answered by a fatal alert") {
  CHECK(answer_to("\x16\x03\x01") == std::string{"\x15\x03\x03\x00\x02\x02\x46", 7});
}

TEST_CASE("whoever speaks RESP is answered by an error of RESP") {
  CHECK(answer_to("*1\r\n$4\r\nPING\r\n").starts_with("-ERR "));
  CHECK(answer_to("PING\r\n").ends_with("\r\n"));
}

TEST_CASE("what is none of these gets no answer of its own") {
  for (const char* input : {"", "G", "hello", "\x16", "GETTING"}) CHECK(answer_to(input).empty());
}
