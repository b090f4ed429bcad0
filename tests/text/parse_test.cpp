#include "text/parse.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::text;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
  struct Row {
    const char* text;
    std::chrono::milliseconds duration;
  };
  const auto row = GENERATE(values<Row>(
      {{"500ms", 500ms}, {"30s", 30s}, {"5m", 5min}, {"24h", 24h}, {"0s", 0s}, {"8784h", 8784h}, {"007s", 7s}}));
  CHECK(parse_duration(row.text) == row.duration);
}

TEST_CASE("what is no duration is named, with what is allowed") {
  const auto* text = GENERATE(as<const char*>{}, "", "30", "s", "1.5s", "-1s", "+1s", "30 s", " 30s", "30S", "1d",
                              "30sec", "8785h", "99999999999999999999s", "18446744073709551615h");
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_duration(text), Catch::Contains("'" + std::string{text} + "'") && Catch::Contains("500ms"));
}

TEST_CASE("a user id is any 64-bit number") {
  CHECK(parse_user_id("0") == UserId{0});
  CHECK(parse_user_id("18446744073709551615") == UserId{~std::uint64_t{0}});
  CHECK(parse_user_id("0042") == UserId{42});
}

TEST_CASE("what is no user id is named, with what is allowed") {
  const auto* text = GENERATE(as<const char*>{}, "", "-1", "+1", "18446744073709551616", "99999999999999999999", "0x10",
                              " 1", "1 ", "1.0", "abc");
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_user_id(text),
                    Catch::Contains("'" + std::string{text} + "'") && Catch::Contains("0 to 18446744073709551615"));
}

TEST_CASE("a number must lie within its bounds") {
  CHECK(parse_number("1", "--threads", 1, 256) == 1);
  CHECK(parse_number("256", "--threads", 1, 256) == 256);
  const auto* text = GENERATE(as<const char*>{}, "0", "257", "-1", "", "x", "1e3");
  CHECK_THROWS_WITH(parse_number(text, "--threads", 1, 256),
                    Catch::Contains("--threads") && Catch::Contains("from 1 to 256"));
}

TEST_CASE("an endpoint is a host and a port, or the path of a unix socket") {
  struct Row {
    const char* text;
    Endpoint endpoint;
  };
  const std::string longest(107, 'x');
  for (const Row& row : std::vector<Row>{{"127.0.0.1:7230", TcpEndpoint{"127.0.0.1", 7230}},
                                         {"example.com:1", TcpEndpoint{"example.com", 1}},
                                         {"[::1]:65535", TcpEndpoint{"::1", 65535}},
                                         {"127.0.0.1:0", TcpEndpoint{"127.0.0.1", 0}},
                                         {"unix:/run/x.sock", UnixEndpoint{"/run/x.sock"}},
                                         {"unix:relative:with:colons", UnixEndpoint{"relative:with:colons"}}}) {
    CHECK(parse_endpoint(row.text) == row.endpoint);
    CHECK(to_string(row.endpoint) == row.text);
  }
  CHECK(parse_endpoint("unix:" + longest) == Endpoint{UnixEndpoint{longest}});
}

TEST_CASE("what is no endpoint is named, with what is allowed") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "7230", "localhost", ":7230", "host:", "host:x", "host:65536", "host:-1",
               "::1:7230", "[]:1", "unix:", "unix:" + std::string(108, 'x'));
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_endpoint(text), Catch::Contains("'" + text + "'") && Catch::Contains("unix:PATH"));
}
