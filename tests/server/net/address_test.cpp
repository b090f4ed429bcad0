#include "net/address.hpp"

#include "support/catch.hpp"

using namespace lastbeat;

TEST_CASE("addresses to listen on know whether other machines can reach them") {
  struct Row {
    const char* text;
    const char* resolved;
    bool is_local;
  };
  const auto row = GENERATE(values<Row>({
      {"127.0.0.1:7230", "127.0.0.1:7230", true},
      {"127.8.9.10:7230", "127.8.9.10:7230", true},
      {"localhost:7230", "127.0.0.1:7230", true},
      {"[::1]:7230", "[::1]:7230", true},
      {"unix:/tmp/lastbeat.sock", "unix:/tmp/lastbeat.sock", true},
      {"0.0.0.0:7230", "0.0.0.0:7230", false},
      {"[::]:7230", "[::]:7230", false},
      {"192.168.1.2:7230", "192.168.1.2:7230", false},
  }));
  const ListenAddress address = resolve_listen_address(text::parse_endpoint(row.text));
  CHECK(to_string(address.endpoint) == row.resolved);
  CHECK(address.is_local == row.is_local);
}

TEST_CASE("a name is no address to listen on, and the error says what is") {
  CHECK_THROWS_WITH(resolve_listen_address(text::parse_endpoint("example.com:7230")),
                    Catch::Contains("example.com") && Catch::Contains("IPv4"));
}
