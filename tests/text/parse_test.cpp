#include "text/parse.hpp"

#include <stdexcept>
#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::text;
using namespace std::chrono_literals;

namespace {

// What is said against a text; empty when it is taken.
template <typename Parse>
std::string complaint(Parse parse) {
  try {
    static_cast<void>(parse());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

// Names the text, says what is allowed, in one line.
void check_complaint(const std::string& complaint, const std::string& text, const std::string& allowed) {
  CAPTURE(complaint);
  CHECK(complaint.find("'" + text + "'") != std::string::npos);
  CHECK(complaint.find("allowed: ") != std::string::npos);
  CHECK(complaint.find(allowed) != std::string::npos);
  CHECK(complaint.find('\n') == std::string::npos);
}

struct BadText {
  std::string text;
  const char* why;
};

}  // namespace

TEST_CASE("a duration is a whole number and a unit") {
  struct Row {
    const char* text;
    std::chrono::milliseconds duration;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"500ms", 500ms, "milliseconds"},
      {"30s", 30s, "seconds"},
      {"5m", 5min, "minutes, not milliseconds"},
      {"24h", 24h, "hours"},
      {"0s", 0s, "zero"},
      {"007s", 7s, "leading zeros, not octal"},
      {"8784h", 8784h, "the longest"},
      {"527040m", 8784h, "the longest in minutes"},
      {"31622400s", 8784h, "the longest in seconds"},
      {"31622400000ms", 8784h, "the longest in milliseconds"},
  }));
  INFO(row.why);
  CHECK(parse_duration(row.text) == row.duration);
}

TEST_CASE("what is no duration is named, with what is allowed") {
  const auto row = GENERATE(values<BadText>({
      {"", "nothing"},
      {"30", "no unit"},
      {"s", "no number"},
      {"1.5s", "a fraction"},
      {"-1s", "a minus"},
      {"+1s", "a plus"},
      {"30 s", "a space inside"},
      {" 30s", "a space before"},
      {"30s ", "a space behind"},
      {"30S", "upper case"},
      {"1d", "no such unit"},
      {"30sec", "a longer unit"},
      {"1h30m", "two of them"},
      {"0x10s", "hex"},
      {"1e3s", "an exponent"},
      {"8785h", "an hour too long"},
      {"527041m", "a minute too long"},
      {"31622401s", "a second too long"},
      {"31622400001ms", "a millisecond too long"},
      {"18446744073709551615h", "would overflow when multiplied"},
      {"5124095576031h", "would come out small when multiplied: 2^64 ms and a bit"},
      {"99999999999999999999s", "more than 64 bits"},
  }));
  INFO(row.why);
  check_complaint(complaint([&] { return parse_duration(row.text); }), row.text, "such as 500ms, 30s, 5m or 24h");
}

TEST_CASE("a user id is any 64-bit number") {
  CHECK(parse_user_id("0") == UserId{0});
  CHECK(parse_user_id("42") == UserId{42});
  CHECK(parse_user_id("0042") == UserId{42});
  CHECK(parse_user_id("9223372036854775808") == UserId{std::uint64_t{1} << 63U});
  CHECK(parse_user_id("18446744073709551615") == UserId{~std::uint64_t{0}});
  CHECK(parse_user_id("00000000000000000000000000000007") == UserId{7});
}

TEST_CASE("what is no user id is named, with what is allowed") {
  const auto row = GENERATE(values<BadText>({
      {"", "nothing"},
      {"-1", "a minus"},
      {"-0", "a minus, even before zero"},
      {"+1", "a plus"},
      {"18446744073709551616", "one too large"},
      {"99999999999999999999", "twenty digits"},
      {"184467440737095516150", "twenty-one digits"},
      {"0x10", "hex"},
      {"ff", "hex without a prefix"},
      {" 1", "a space before"},
      {"1 ", "a space behind"},
      {"1 2", "a space inside"},
      {"1.0", "a fraction"},
      {"1e3", "an exponent"},
      {"1,000", "a separator"},
  }));
  INFO(row.why);
  check_complaint(complaint([&] { return parse_user_id(row.text); }), row.text,
                  "a whole number from 0 to 18446744073709551615");
}

TEST_CASE("a number must lie within its bounds, which belong to it") {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  CHECK(parse_number("1", "--threads", 1, 256) == 1);
  CHECK(parse_number("256", "--threads", 1, 256) == 256);
  CHECK(parse_number("0", "--x", 0, kMost) == 0);
  CHECK(parse_number("18446744073709551615", "--x", 0, kMost) == kMost);
  CHECK(parse_number("5", "--x", 5, 5) == 5);
  const auto row = GENERATE(values<BadText>({
      {"0", "one too low"},
      {"257", "one too high"},
      {"18446744073709551617", "1 and 2^64"},
      {"-1", "a minus"},
      {"+1", "a plus"},
      {"", "nothing"},
      {"x", "no number"},
      {"1e2", "an exponent"},
      {"1 ", "a space"},
  }));
  INFO(row.why);
  const std::string said = complaint([&] { return parse_number(row.text, "--threads", 1, 256); });
  check_complaint(said, row.text, "a whole number from 1 to 256");
  CHECK(said.find("--threads") != std::string::npos);
}

TEST_CASE("an endpoint is a host and a port, or the path of a unix socket, and is written as it was read") {
  struct Row {
    std::string text;
    Endpoint endpoint;
    const char* why;
  };
  const std::string longest(107, 'x');
  for (const Row& row : std::vector<Row>{
           {"127.0.0.1:7230", TcpEndpoint{"127.0.0.1", 7230}, "IPv4"},
           {"0.0.0.0:0", TcpEndpoint{"0.0.0.0", 0}, "any address, any port"},
           {"localhost:7230", TcpEndpoint{"localhost", 7230}, "a name"},
           {"example.com:1", TcpEndpoint{"example.com", 1}, "a longer name, the lowest port"},
           {"[::1]:65535", TcpEndpoint{"::1", 65535}, "IPv6, the highest port"},
           {"[::]:7230", TcpEndpoint{"::", 7230}, "the shortest IPv6"},
           {"[fe80::1%eth0]:7230", TcpEndpoint{"fe80::1%eth0", 7230}, "IPv6 with a scope"},
           {"unix:/run/x.sock", UnixEndpoint{"/run/x.sock"}, "a path"},
           {"unix:x", UnixEndpoint{"x"}, "the shortest path"},
           {"unix:relative:with:colons", UnixEndpoint{"relative:with:colons"}, "colons belong to the path"},
           {"unix:host:7230", UnixEndpoint{"host:7230"}, "a path that looks like a host and a port"},
           {"unix:" + longest, UnixEndpoint{longest}, "the longest path"},
       }) {
    INFO(row.why);
    CHECK(parse_endpoint(row.text) == row.endpoint);
    CHECK(to_string(row.endpoint) == row.text);
  }
}

TEST_CASE("brackets around what needs none and leading zeros are taken, and written plainly") {
  CHECK(to_string(parse_endpoint("[127.0.0.1]:7230")) == "127.0.0.1:7230");
  CHECK(to_string(parse_endpoint("localhost:0080")) == "localhost:80");
}

TEST_CASE("what is no endpoint is named, with what is allowed") {
  const auto row = GENERATE(values<BadText>({
      {"", "nothing"},
      {"7230", "a port alone"},
      {"localhost", "a host alone"},
      {":", "neither"},
      {":7230", "no host"},
      {"host:", "no port"},
      {"host:x", "no number"},
      {"host:65536", "one too high"},
      {"host:18446744073709551617", "1 and 2^64"},
      {"host:-1", "a minus"},
      {"host:+1", "a plus"},
      {"host: 1", "a space"},
      {"host:1 ", "a space behind"},
      {"::1:7230", "IPv6 without brackets could swallow the port"},
      {"::1", "IPv6 without brackets and port"},
      {"[::1]", "IPv6 without a port"},
      {"[::1]7230", "no colon behind the brackets"},
      {"[]:1", "nothing in brackets"},
      {"[::1:7230", "a bracket that does not close"},
      {"::1]:7230", "a bracket that does not open"},
      {"[[::1]]:7230", "brackets in brackets"},
      {"unix:", "no path"},
      {"unix:" + std::string(108, 'x'), "a path one too long"},
  }));
  INFO(row.why);
  check_complaint(complaint([&] { return parse_endpoint(row.text); }), row.text, "HOST:PORT such as");
}

TEST_CASE("a unix path holds no zero, which the system would take for its end") {
  CHECK_THROWS_AS(parse_endpoint({"unix:a\0b", 8}), std::invalid_argument);
}

TEST_CASE("seconds may have a fraction, within limits") {
  CHECK(parse_seconds("3", "--seconds", 0.01, 3600) == 3s);
  CHECK(parse_seconds("0.05", "--seconds", 0.01, 3600) == 50ms);
  CHECK(parse_seconds("0.0104", "--seconds", 0.01, 3600) == 10ms);
  CHECK(parse_seconds("0", "--settle", 0, 3600) == 0s);
}

TEST_CASE("what are no seconds is named, with what is allowed") {
  const auto row = GENERATE(values<BadText>({
      {"", "nothing"},
      {"3s", "a unit"},
      {"0.009", "too little"},
      {"3600.1", "too much"},
      {"-1", "a minus"},
      {"nan", "no number"},
      {"1e3", "an exponent"},
  }));
  INFO(row.why);
  const auto said = complaint([&] { return parse_seconds(row.text, "--seconds", 0.01, 3600); });
  check_complaint(said, row.text, "a number from 0.01 to 3600");
  CHECK(said.find("--seconds") != std::string::npos);
}
