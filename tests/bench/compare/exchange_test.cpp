#include "compare/exchange.hpp"

#include <string_view>

#include "protocol/frame.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

std::string text_of(const Buffer& bytes) {
  std::string text;
  for (const std::byte byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

}  // namespace

TEST_CASE("heartbeats of two users in each protocol, and the right answer") {
  SECTION("redis") {
    const Exchange exchange = heartbeats_of(Protocol::kRedis, 9, 2, 30s);
    CHECK(text_of(exchange.request) ==
          "*5\r\n$3\r\nSET\r\n$10\r\npresence:9\r\n$1\r\nx\r\n$2\r\nEX\r\n$2\r\n30\r\n"
          "*5\r\n$3\r\nSET\r\n$11\r\npresence:10\r\n$1\r\nx\r\n$2\r\nEX\r\n$2\r\n30\r\n");
    CHECK(text_of(exchange.reply) == "+OK\r\n+OK\r\n");
  }
  SECTION("memcached") {
    const Exchange exchange = heartbeats_of(Protocol::kMemcache, 9, 2, 3600s);
    CHECK(text_of(exchange.request) == "set presence:9 0 3600 1\r\nx\r\nset presence:10 0 3600 1\r\nx\r\n");
    CHECK(text_of(exchange.reply) == "STORED\r\nSTORED\r\n");
  }
  SECTION("lastbeat") {
    const Exchange exchange = heartbeats_of(Protocol::kLastbeat, 9, 2, 30s);
    CHECK(text_of(exchange.request) == std::string("\xB1\x01\0\x08\0\0\0\0\x09\0\0\0\x0A\0\0\0", 16));
    CHECK(text_of(exchange.reply) == std::string("\xB1\x81\0\x08\0\0\0\0\0\0\0\0\0\0\0\0", 16));
  }
  SECTION("an echo gets a message as long as a heartbeat of one user, and gives it back") {
    const Exchange exchange = heartbeats_of(Protocol::kEcho, 9, 2, 30s);
    CHECK(exchange.request == heartbeats_of(Protocol::kLastbeat, 9, 1, 30s).request);
    CHECK(exchange.reply == exchange.request);
  }
}
