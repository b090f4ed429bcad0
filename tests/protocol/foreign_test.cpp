#include "protocol/foreign.hpp"

#include <string>

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat::protocol;
using std::string_view_literals::operator""sv;

namespace {

std::string answer_to(std::string_view input) {
  return std::string{as_text(answer_to_foreign_protocol(as_bytes(input)))};
}

}  // namespace

TEST_CASE("every method of HTTP is answered in HTTP") {
  // RFC 9110, section 9, RFC 5789, and the preface of HTTP/2.
  const auto* request =
      GENERATE(as<const char*>{}, "GET / HTTP/1.1\r\n", "HEAD / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n",
               "PUT / HTTP/1.1\r\n", "DELETE / HTTP/1.1\r\n", "CONNECT a:1 HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n",
               "TRACE / HTTP/1.1\r\n", "PATCH / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET ");
  CAPTURE(request);
  CHECK(answer_to(request).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("the answer in HTTP is whole: its body is as long as it says, and the connection ends") {
  const std::string answer = answer_to("GET / HTTP/1.1\r\n\r\n");
  const std::size_t head = answer.find("\r\n\r\n");
  REQUIRE(head != std::string::npos);
  const std::string body = answer.substr(head + 4);
  CHECK_FALSE(body.empty());
  CHECK(answer.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") < head);
  CHECK(answer.find("\r\nConnection: close\r\n") < head);
  CHECK(body.find("docs/protocol.md") != std::string::npos);
}

TEST_CASE("a TLS hello is answered by a fatal alert, protocol_version") {
  // Records of a ClientHello: type 22, version 3.1 to 3.4 in the record, length, handshake type 1.
  const auto hello =
      GENERATE(values<std::string_view>({"\x16\x03\x01\x02\x00\x01"sv, "\x16\x03\x03\x00\xC8\x01"sv, "\x16\x03"sv}));
  CHECK(answer_to(hello) == "\x15\x03\x03\x00\x02\x02\x46"sv);
}

TEST_CASE("whoever speaks RESP is answered by one line that is an error of RESP") {
  const auto* command =
      GENERATE(as<const char*>{}, "*1\r\n$4\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n$1\r\n7\r\n", "*", "PING\r\n", "PING");
  CAPTURE(command);
  const std::string answer = answer_to(command);
  CHECK(answer.starts_with("-ERR "));
  CHECK(answer.find("\r\n") == answer.size() - 2);
}

TEST_CASE("what is none of these gets no answer of its own") {
  struct Row {
    std::string_view input;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"", "nothing"},
      {"G", "the beginning of a method"},
      {"GET", "a method without its space"},
      {"GETTING", "a longer word"},
      {"get / HTTP/1.1\r\n", "methods are upper case"},
      {"hello", "a word"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "another protocol"},
      {"\x16"sv, "half of what tells TLS"},
      {"\x16\x02\x00"sv, "a version that TLS never had"},
      {"\x00\x00\x00\x00"sv, "zeros"},
      {"\xB1\x01\x00\x00\x00\x00\x00\x00"sv, "a frame"},
      {"\xB2\x01\x00\x00\x00\x00\x00\x00"sv, "a frame of a version to come"},
  }));
  INFO(row.why);
  CHECK(answer_to(row.input).empty());
}
