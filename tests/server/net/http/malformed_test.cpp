// Raw HTTP messages, malformed, ambiguous and hostile ones among them, each with its answer beside it; while they are
// sent, somebody else is served.
#include <string>
#include <string_view>
#include <vector>

#include "server/net/http/http_client.hpp"
#include "support/catch.hpp"

using namespace std::string_literals;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::TestServer;

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// A POST of this body, with these headers besides.
std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{headers} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

std::string chunked(std::string_view chunks, std::string_view headers = "") {
  return "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + std::string{headers} +
         "\r\n" + std::string{chunks};
}

std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{headers} + "\r\n";
}

const std::string kHost = "Host: localhost\r\n";
const std::string kBeat = R"({"user_id":42})";

constexpr bool kCloses = true;
constexpr bool kLives = false;

struct Row {
  std::string bytes;
  std::string statuses;  // of all replies, in order
  std::string code;      // in the last one's body; empty when it is no error
  bool closes = kLives;
  const char* why = "";
};

// No number of bytes at the end of a row is left unread by the server: whoever lives is asked for one more thing.
std::vector<Row> request_lines() {
  return {
      {"\r\n\r\n" + get("/count"), "200", "", kLives, "empty lines before a request are skipped"},
      {"GET /count HTTP/1.1\n" + kHost + "\n", "400", "malformed_request", kCloses, "bare line feeds"},
      {"GET /count HTTP/1.1\r" + kHost + "\r\r\n\r\n", "400", "malformed_request", kCloses, "bare carriage return"},
      {"GET  /count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "two spaces"},
      {" GET /count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "leading space"},
      {"GET\t/count\tHTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "tabs"},
      {"GET /count HTTP/1.1 \r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "trailing space"},
      {"GET /count\r\n", "400", "malformed_request", kCloses, "HTTP/0.9"},
      {"GET /count HTTP/2.0\r\n" + kHost + "\r\n", "505", "version_not_supported", kCloses, "HTTP/2 by its number"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", "version_not_supported", kCloses, "HTTP/2's preface"},
      {"GET /count HTTP/1.2\r\n" + kHost + "\r\n", "505", "version_not_supported", kCloses, "HTTP/1.2"},
      {"GET /count HTTP/1.1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "no version"},
      {"GET /count http/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "small letters"},
      {"G\x80T /count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "method with a high byte"},
      {"GET /co\x01unt HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "control byte in the path"},
      {"GET /co\0unt HTTP/1.1\r\n"s + kHost + "\r\n", "400", "malformed_request", kCloses, "zero byte in the path"},
      {"BREW /count HTTP/1.1\r\n" + kHost + "\r\n", "501", "unknown_method", kLives, "unknown method"},
      {"get /count HTTP/1.1\r\n" + kHost + "\r\n", "501", "unknown_method", kLives, "methods have capital letters"},
      {"CONNECT localhost:80 HTTP/1.1\r\n" + kHost + "\r\n", "501", "unknown_method", kLives, "no proxy"},
      {"TRACE /count HTTP/1.1\r\n" + kHost + "\r\n", "405", "method_not_allowed", kLives, "TRACE"},
      {"GET count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "path without a slash"},
      {"GET ftp://localhost/count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses,
       "another scheme"},
      {"GET http://localhost/count HTTP/1.1\r\n" + kHost + "\r\n", "200", "", kLives, "a target with a host"},
      {"GET http://evil.example/count HTTP/1.1\r\n" + kHost + "\r\n", "421", "foreign_host", kLives, "of a stranger"},
      {"GET * HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "* is for OPTIONS"},
      {"GET http://localhost/count HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421", "foreign_host", kLives,
       "a target with a host, and another Host"},
      {"GET http://user@localhost/count HTTP/1.1\r\n" + kHost + "\r\n", "400", "bad_host", kCloses, "a user in it"},
      {"GET http:///count HTTP/1.1\r\n" + kHost + "\r\n", "421", "foreign_host", kLives, "nobody in it"},
      {"GET //localhost/count HTTP/1.1\r\n" + kHost + "\r\n", "404", "not_found", kLives, "two slashes are a path"},
      {"GET /nowhere/../count HTTP/1.1\r\n" + kHost + "\r\n", "404", "not_found", kLives, "no path is tidied up"},
      {"GET /%63ount HTTP/1.1\r\n" + kHost + "\r\n", "404", "not_found", kLives, "nor decoded"},
      {"GET /count#x HTTP/1.1\r\n" + kHost + "\r\n", "404", "not_found", kLives, "nor cut off at a fragment"},
      {"GET \\count HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "a backslash"},
      {"GET  HTTP/1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "no target"},
      {"GET /count HTTP/+1.1\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "a version with a sign"},
      {"GET /count HTTP/1.10\r\n" + kHost + "\r\n", "400", "malformed_request", kCloses, "a version of two digits"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "400", "malformed_request", kCloses, "a reply"},
      {"GET /" + repeat("a", 7000) + " HTTP/1.1\r\n" + kHost + "\r\n", "404", "not_found", kLives, "a long path"},
      {"GET /" + repeat("a", 9000) + " HTTP/1.1\r\n" + kHost + "\r\n", "414", "target_too_long", kCloses, "too long"},
      {repeat("a", 100'000), "414", "target_too_long", kCloses, "a method without end"},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, "400", "malformed_request", kCloses, "a TLS hello"},
      {"\xB1\x07\x00\x00\x00\x00\x01\x00"s, "400", "malformed_request", kCloses, "the binary protocol"},
      {"*1\r\n$4\r\nPING\r\n", "400", "malformed_request", kCloses, "RESP"},
      {std::string(300'000, '\0'), "400", "malformed_request", kCloses, "a lot of nothing"},
  };
}

std::vector<Row> headers() {
  const std::string line = "GET /count HTTP/1.1\r\n";
  return {
      {line + "\r\n", "400", "bad_host", kCloses, "no Host"},
      {"GET /count HTTP/1.0\r\n\r\n", "200", "", kCloses, "HTTP/1.0 has none, and closes"},
      {"GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200", "", kLives, "unless it is asked not to"},
      {line + kHost + kHost + "\r\n", "400", "bad_host", kCloses, "two Hosts"},
      {line + "Host: a b\r\n\r\n", "400", "bad_host", kCloses, "a space in Host"},
      {line + "Host: user@localhost\r\n\r\n", "400", "bad_host", kCloses, "a user in Host"},
      {line + "Host: localhost:80:80\r\n\r\n", "400", "bad_host", kCloses, "two ports"},
      {line + "Host: localhost:http\r\n\r\n", "400", "bad_host", kCloses, "a port that is no number"},
      {line + "Host: [::1\r\n\r\n", "400", "bad_host", kCloses, "half a bracket"},
      {line + "Host: localhost/\r\n\r\n", "400", "bad_host", kCloses, "a path in Host"},
      {line + "Host: localhost, evil.example\r\n\r\n", "400", "bad_host", kCloses, "a list of Hosts"},
      {line + kHost + "HOST: evil.example\r\n\r\n", "400", "bad_host", kCloses, "two Hosts that look different"},
      {line + "Host: localhost\0.evil.example\r\n\r\n"s, "400", "malformed_request", kCloses, "a zero byte in Host"},
      {"GET /count HTTP/1.0\r\n" + kHost + "Host: evil.example\r\n\r\n", "400", "bad_host", kCloses,
       "two Hosts over HTTP/1.0"},
      {line + "Host: 127.1\r\n\r\n", "421", "foreign_host", kLives, "half an address is a name"},
      {line + "Host: localhost.\r\n\r\n", "421", "foreign_host", kLives, "a name with a dot behind"},
      {line + "Host:\r\n\r\n", "421", "foreign_host", kLives, "an empty Host is nobody's"},
      {line + "Host: rebound.example:7231\r\n\r\n", "421", "foreign_host", kLives, "DNS rebinding"},
      {line + "Host: localhost.evil.example\r\n\r\n", "421", "foreign_host", kLives, "looks like localhost"},
      {line + "Host: 127.0.0.1.evil.example\r\n\r\n", "421", "foreign_host", kLives, "looks like an address"},
      {line + "Host: LocalHost:1\r\n\r\n", "200", "", kLives, "localhost, any port"},
      {line + "Host: [::1]:7231\r\n\r\n", "200", "", kLives, "an address"},
      {line + "Host: 10.1.2.3\r\n\r\n", "200", "", kLives, "any address: no name was resolved"},
      {line + "Host : localhost\r\n\r\n", "400", "malformed_request", kCloses, "space before the colon"},
      {line + " Host: localhost\r\n\r\n", "400", "malformed_request", kCloses, "space before the first header"},
      {line + kHost + "X-A: b\r\n c\r\n\r\n", "400", "folded_header", kCloses, "a folded header"},
      {line + kHost + "X-A:\r\n\tb\r\n\r\n", "400", "folded_header", kCloses, "folded at once, with a tab"},
      {line + kHost + "Content-Length:\r\n 5\r\n\r\nhello", "400", "folded_header", kCloses, "a folded length"},
      {line + kHost + "X-A\r\n\r\n", "400", "malformed_request", kCloses, "no colon"},
      {line + kHost + ": b\r\n\r\n", "400", "malformed_request", kCloses, "no name"},
      {line + kHost + "X A: b\r\n\r\n", "400", "malformed_request", kCloses, "a space in the name"},
      {line + kHost + "X(A): b\r\n\r\n", "400", "malformed_request", kCloses, "a bracket in the name"},
      {line + kHost + "X-\xc3\xa4: b\r\n\r\n", "400", "malformed_request", kCloses, "a high byte in the name"},
      {line + kHost + repeat("A", 9000) + ": b\r\n\r\n", "431", "headers_too_large", kCloses, "a giant name"},
      {line + kHost + "X-A: b\x7f\r\n\r\n", "400", "malformed_request", kCloses, "a control byte"},
      {line + kHost + "X-A: b\x00\r\n\r\n"s, "400", "malformed_request", kCloses, "a zero byte"},
      {line + kHost + "X-A: b\rX-B: c\r\n\r\n", "400", "malformed_request", kCloses, "carriage return alone"},
      {line + kHost + "X-A: b\nX-B: c\r\n\r\n", "400", "malformed_request", kCloses, "line feed alone"},
      {line + kHost + "X-A: \xff\xfe\r\n\r\n", "200", "", kLives, "high bytes in a value are nobody's business"},
      {line + kHost + "X-A: " + repeat("a", 7000) + "\r\n\r\n", "200", "", kLives, "a large header"},
      {line + kHost + "X-A: " + repeat("a", 9000) + "\r\n\r\n", "431", "headers_too_large", kCloses, "too large"},
      {line + kHost + "X-A: " + repeat("a", 400'000), "431", "headers_too_large", kCloses, "one without end"},
      {line + kHost + repeat("A: b\r\n", 99) + "\r\n", "200", "", kLives, "a hundred headers"},
      {line + kHost + repeat("A: b\r\n", 100) + "\r\n", "431", "too_many_headers", kCloses, "one more"},
      {line + kHost + repeat("A: b\r\n", 100'000), "431", "too_many_headers", kCloses, "headers without end"},
      {line + kHost + "Connection: close\r\n\r\n" + get("/count"), "200", "", kCloses, "nothing after close"},
      {line + kHost + "Connection: a b\r\n\r\n", "400", "malformed_request", kCloses, "no list"},
      {line + kHost + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200", "", kLives, "no other protocol"},
      {line + kHost + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "200",
       "", kLives, "nor HTTP/2 in clear text"},
      {line + kHost + "Connection: keep-alive\r\nConnection: close\r\n\r\n", "200", "", kCloses,
       "who wants both, closes"},
      {line + kHost + "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", "400", "repeated_header", kCloses,
       "two tokens"},
      {line + kHost + "Expect: tea\r\n\r\n", "417", "unknown_expectation", kCloses, "nobody makes tea"},
      {line + kHost + "Origin: http://a.example\r\nOrigin: null\r\n\r\n", "400", "repeated_header", kCloses,
       "two origins"},
  };
}

std::vector<Row> bodies() {
  const std::string line = "POST /heartbeat HTTP/1.1\r\n" + kHost;
  return {
      {line + "\r\n", "411", "length_required", kLives, "no length"},
      {line + "Content-Length: 0\r\n\r\n", "400", "malformed_json", kLives, "no body"},
      {line + "Content-Length: 14\r\nContent-Length: 14\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses,
       "the same length twice"},
      {line + "Content-Length: 14\r\nContent-Length: 3\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses,
       "two lengths"},
      {line + "Content-Length: 14, 14\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "a list of lengths"},
      {line + "Content-Length: +14\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "a sign"},
      {line + "Content-Length: -1\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "less than nothing"},
      {line + "Content-Length: 0x0e\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "hexadecimal"},
      {line + "Content-Length: 1 4\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "a space"},
      {line + "Content-Length: 14.0\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "a fraction"},
      {line + "Content-Length: 1e1\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "an exponent"},
      {line + "Content-Length: \"14\"\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "quotes"},
      {line + "Content-Length: 14\0\r\n\r\n"s + kBeat, "400", "malformed_request", kCloses, "a zero byte"},
      {line + "Content-Length : 14\r\n\r\n" + kBeat, "400", "malformed_request", kCloses, "a space before the colon"},
      {line + "content-length: 14\r\nCONTENT-LENGTH: 3\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses,
       "two lengths that look different"},
      {line + "Content-Length: 0014\r\n\r\n" + kBeat, "200", "", kLives, "zeros in front are allowed"},
      {"POST /heartbeat HTTP/1.0\r\n\r\n" + kBeat, "411", "length_required", kCloses,
       "over HTTP/1.0 a body does not end with the connection"},
      {line + "Content-Length:\r\n\r\n" + kBeat, "400", "bad_content_length", kCloses, "empty"},
      {line + "Content-Length: 18446744073709551616\r\n\r\n", "400", "bad_content_length", kCloses, "over 64 bits"},
      {line + "Content-Length: 18446744073709551615\r\n\r\n", "413", "body_too_large", kCloses, "all of 64 bits"},
      {line + "Content-Length: 2097153\r\n\r\n" + repeat("a", 1000), "413", "body_too_large", kCloses, "over 2 MiB"},
      {line + "Content-Length: 14\r\nTransfer-Encoding: chunked\r\n\r\n" + kBeat, "400", "ambiguous_length", kCloses,
       "a length and chunks"},
      {line + "Transfer-Encoding: chunked\r\nContent-Length: 14\r\n\r\n" + kBeat, "400", "ambiguous_length", kCloses,
       "chunks and a length"},
      {line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "ambiguous_length",
       kCloses, "chunked twice"},
      {line + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "chunked twice in a list"},
      {line + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses, "gzip"},
      {line + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "chunked, but not last"},
      {line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses, "no coding"},
      {line + "Transfer-Encoding: \x0b" + "chunked\r\n\r\n0\r\n\r\n", "400", "malformed_request", kCloses,
       "chunked behind a vertical tab"},
      {line + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400", "malformed_request", kCloses,
       "chunked behind a space"},
      {line + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400", "folded_header", kCloses, "chunked, folded"},
      {line + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "in quotes"},
      {line + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "with a parameter"},
      {line + "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "behind a comma"},
      {line + "Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses,
       "and a high byte that looks like a space"},
      {line + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "501", "unknown_transfer_coding", kCloses, "an empty coding"},
      {line + "Transfer-Encoding: identity\r\nContent-Length: 14\r\n\r\n" + kBeat, "501", "unknown_transfer_coding",
       kCloses, "identity, which is none"},
      {line + "X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 14\r\n\r\n" + kBeat, "400", "malformed_request",
       kCloses, "chunked behind a line feed"},
      {line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400", "ambiguous_length",
       kCloses, "chunked, then identity"},
      {line + "Transfer_Encoding: chunked\r\nContent-Length: 14\r\n\r\n" + kBeat, "200", "", kLives,
       "another header that looks alike"},
      {line + "Transfer-Encoding: ChunkED \t\r\n\r\ne\r\n" + kBeat + "\r\n0\r\n\r\n", "200", "", kLives,
       "chunked, in whatever letters, and with blanks behind"},
      {"POST /heartbeat HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "ambiguous_length", kCloses,
       "chunks over HTTP/1.0"},
      {chunked("e\r\n" + kBeat + "\r\n0\r\n\r\n"), "200", "", kLives, "one chunk"},
      {chunked("7;a=b\r\n{\"user_\r\n007\r\nid\":42}\r\n000\r\nX-Trailer: 1\r\n\r\n"), "200", "", kLives,
       "two chunks, an extension, zeros, a trailer"},
      {chunked("0\r\n\r\n"), "400", "malformed_json", kLives, "no chunk"},
      {chunked("e\n" + kBeat + "\n0\n\n"), "400", "bad_chunk", kCloses, "chunks with bare line feeds"},
      {chunked("CCCCCCC\n!\r\n"), "400", "bad_chunk", kCloses, "a bare line feed in a chunk's header"},
      {chunked("e \r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a space behind a chunk's size"},
      {chunked("+e\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a sign before it"},
      {chunked("e\r" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a carriage return alone"},
      {chunked("e\r\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "two carriage returns"},
      {chunked("e;a\nb\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a line feed in an extension"},
      {chunked("e;a=\"b\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a line end within quotes"},
      {chunked("0xe\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a hexadecimal prefix"},
      {chunked("-1\r\n\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "less than nothing"},
      {chunked("g\r\n\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "no number"},
      {chunked("\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "no size"},
      {chunked("e\r\n" + kBeat + "XX0\r\n\r\n"), "400", "bad_chunk", kCloses, "no line end behind a chunk"},
      {chunked("f\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a chunk shorter than it says"},
      {chunked("e\r\n" + kBeat + "\r\n0\r\n" + get("/count")), "400", "bad_chunk", kCloses,
       "a request where the trailers should be"},
      {chunked("d\r\n" + kBeat + "\r\n0\r\n\r\n"), "400", "bad_chunk", kCloses, "a chunk longer than it says"},
      {chunked("10000000000000000\r\n"), "400", "bad_chunk", kCloses, "a chunk over 64 bits"},
      {chunked("ffffffffffffffff\r\n"), "413", "body_too_large", kCloses, "a chunk of 64 bits"},
      {chunked(repeat("40000\r\n" + repeat("a", 0x40000) + "\r\n", 9)), "413", "body_too_large", kCloses,
       "chunks over 2 MiB"},
      {chunked("1;" + repeat("a", 10'000)), "431", "headers_too_large", kCloses, "an extension without end"},
      {chunked("0\r\n" + repeat("A: b\r\n", 10'000)), "431", "headers_too_large", kCloses, "trailers without end"},
      {chunked(repeat("1\r\n \r\n", 100'000) + "e\r\n" + kBeat + "\r\n0\r\n\r\n"), "200", "", kLives,
       "a hundred thousand chunks of one byte"},
      {chunked("e\r\n" + kBeat + "\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), "400", "bad_chunk", kCloses,
       "a coding in the trailers"},
      {chunked("e\r\n" + kBeat + "\r\n0\r\nHost: evil.example\r\n\r\n"), "200", "", kLives,
       "trailers change nothing about the request"},
      {chunked("e\r\n" + kBeat + "\r\n0\r\nno trailer\r\n\r\n"), "400", "bad_chunk", kCloses, "half a trailer"},
      {chunked("0\r\nContent-Length: 5\r\n\r\n"), "400", "bad_chunk", kCloses, "a length in the trailers"},
      {post("/heartbeat", kBeat) + "\r\n", "200", "", kLives, "a line end too many"},
      {get("/count", "Content-Length: 5\r\n") + "hello", "200", "", kLives, "a GET with a body, which is read past"},
      {post("/nowhere", "hello"), "404", "not_found", kLives, "the body of a refused request is read past"},
      {post("/count", "hello"), "405", "method_not_allowed", kLives, "so is this one"},
      {post("/heartbeat", kBeat + "\0"s), "400", "malformed_json", kLives, "a zero byte behind the body's end"},
      {post("/heartbeat", kBeat + kBeat), "400", "malformed_json", kLives, "two documents"},
      {post("/heartbeat", repeat("[", 1'000'000)), "400", "unexpected_json", kLives, "nested without end"},
      {post("/heartbeat", kBeat, "Content-Type: text/plain\r\n"), "415", "unsupported_media_type", kLives, "no JSON"},
      {post("/heartbeat", kBeat, "Content-Encoding: gzip\r\n"), "415", "unsupported_content_encoding", kLives, "gzip"},
      {post("/heartbeat", kBeat, "Expect: 100-continue\r\n"), "200", "", kLives, "the body has come with its head"},
      {post("/heartbeat", kBeat, "Expect: 100-continue\r\nExpect: 100-continue\r\n"), "400", "repeated_header", kCloses,
       "expected twice"},
  };
}

std::vector<Row> pipelines() {
  return {
      {repeat(get("/status/1"), 1000), repeat("200 ", 999) + "200", "", kLives, "a pipeline of 1000"},
      {repeat(post("/heartbeat", kBeat), 1000), repeat("200 ", 999) + "200", "", kLives, "of heartbeats"},
      {repeat(chunked("e\r\n" + kBeat + "\r\n0\r\n\r\n"), 1000), repeat("200 ", 999) + "200", "", kLives, "in chunks"},
      {repeat(get("/nowhere"), 1000), repeat("404 ", 999) + "404", "not_found", kLives, "of refusals"},
      {post("/heartbeat", "") + get("/count"), "400 200", "", kLives,
       "a request that would be the body of the one before"},
      {get("/count", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + get("/count"), "200 200", "", kLives,
       "a GET with an empty body in chunks"},
      {get("/count") + "garbage\r\n\r\n" + get("/count"), "200 400", "malformed_request", kCloses,
       "garbage does not cost the request before it its reply"},
      {post("/heartbeat", kBeat) + "0\r\n\r\n" + get("/count"), "200 400", "malformed_request", kCloses,
       "the rest of a body that was longer than its length is no request"},
      {get("/count", "Content-Length: 30\r\n") + get("/nowhere").substr(0, 30) + get("/count"), "200 200", "", kLives,
       "a request hidden in a body is not served"},
      {repeat("\r\n", 1000) + get("/count"), "200", "", kLives, "many empty lines"},
  };
}

void check(const Row& row, const TestServer& server, HttpClient& bystander) {
  INFO(row.why);
  HttpClient client{server.address(1)};
  client.send(row.bytes);
  std::string statuses;
  HttpReply last;
  for (std::size_t i = 0; i < (row.statuses.size() + 1) / 4; ++i) {
    last = client.receive();
    if (i != 0) statuses += ' ';
    statuses += std::to_string(last.status);
  }
  CHECK(statuses == row.statuses);
  CHECK(last.error_code() == row.code);
  CHECK((last.header("connection") == "close") == row.closes);
  if (row.closes) {
    CHECK(client.is_closed());
  } else {
    client.send(get("/healthz"));
    CHECK(client.receive().status == 200);
  }
  bystander.send(get("/status/7"));
  CHECK(bystander.receive().status == 200);
}

}  // namespace

TEST_CASE("HTTP messages that are malformed, ambiguous or hostile get their answers, while others are served") {
  TestServer server{http_config()};
  HttpClient bystander{server.address(1)};
  const auto rows = GENERATE(request_lines, headers, bodies, pipelines)();
  for (const Row& row : rows) check(row, server, bystander);
}

TEST_CASE("an HTTP request that does not come to its end is given up, and others live on") {
  lastbeat::http::Settings settings;
  settings.request_timeout = std::chrono::milliseconds{50};
  TestServer server{http_config(settings)};
  HttpClient bystander{server.address(1)};
  const auto beginning =
      GENERATE("G"s, "GET /count HTTP/1.1\r\nHost: loc"s, "GET /count HTTP/1.1\r\nHost: localhost\r\n"s,
               "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{\"us"s, chunked("e\r\n{\"us"),
               chunked("e"), chunked(""),
               "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{\"us"s);
  HttpClient client{server.address(1)};
  client.send(get("/count") + beginning);
  CHECK(client.receive().status == 200);
  const HttpReply reply = client.receive();
  CHECK(reply.status == 408);
  CHECK(reply.error_code() == "request_timeout");
  CHECK(client.is_closed());
  CHECK(server.stat("refused_http_slow") == 1);
  bystander.send(get("/count"));
  CHECK(bystander.receive().status == 200);
}

TEST_CASE("an HTTP request that trickles in is given up however often another byte comes") {
  lastbeat::http::Settings settings;
  settings.request_timeout = std::chrono::milliseconds{50};
  TestServer server{http_config(settings)};
  HttpClient client{server.address(1)};
  // Short requests are looked at again for every piece of them, long ones when they are whole.
  const std::string length = GENERATE("15000", "2000000");
  client.send("POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n");
  HttpClient bystander{server.address(1)};
  while (!client.has_input()) {
    client.send("a");
    bystander.send(get("/count"));
    REQUIRE(bystander.receive().status == 200);
  }
  CHECK(client.receive().error_code() == "request_timeout");
}
