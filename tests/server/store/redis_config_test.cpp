#include "store/redis_config.hpp"

#include <stdexcept>

#include "support/catch.hpp"

using namespace lastbeat::redis;

TEST_CASE("an address of Redis says where, as whom, in which database, and whether in secret") {
  struct Row {
    const char* text;
    Address address;
  };
  const auto row = GENERATE(values<Row>({
      {"redis://cache", {.server = "cache:6379", .user = {}, .password = {}}},
      {"redis://127.0.0.1:7000", {.server = "127.0.0.1:7000", .user = {}, .password = {}}},
      {"redis://[::1]", {.server = "[::1]:6379", .user = {}, .password = {}}},
      {"redis://[::1]:7000/", {.server = "[::1]:7000", .user = {}, .password = {}}},
      {"redis://cache/3", {.server = "cache:6379", .user = {}, .password = {}, .database = 3}},
      {"rediss://me:s%40f%3Ae@cache",
       {.server = "cache:6379", .user = "me", .password = "s@f:e", .is_encrypted = true}},
      {"redis://:secret@cache", {.server = "cache:6379", .user = {}, .password = "secret"}},
      {"redis://unix:/run/redis.sock", {.server = "unix:/run/redis.sock", .user = {}, .password = {}}},
      {"redis://unix:/run/redis.sock?db=2",
       {.server = "unix:/run/redis.sock", .user = {}, .password = {}, .database = 2}},
      {"redis-cluster://:secret@cache,[::1]:7000",
       {.server = "cache:6379", .user = {}, .password = "secret", .cluster = {"cache:6379", "[::1]:7000"}}},
  }));
  INFO(row.text);
  CHECK(parse_address(row.text) == row.address);
}

TEST_CASE("an address of Redis that cannot be is refused, and no password is shown") {
  const auto* text = GENERATE("", "cache:6379", "http://cache", "redis://", "redis://cache:x", "redis://cache:0x10",
                              "redis://cache/x", "redis://cache/-1", "redis://cache/9999999", "redis://me@cache",
                              "redis://:hidden%4@cache", "redis://:hidden%zz@cache", "redis://:hidden@cache:port",
                              "redis://:hidden", "redis://me:hidden", "redis-cluster://me:hidden,b:hidden",
                              "rediss://unix:/run/redis.sock", "redis-cluster://", "redis-cluster://a,",
                              "redis-cluster://a/3", "redis-cluster://unix:/run/redis.sock", "rediss-cluster://a");
  INFO(text);
  try {
    static_cast<void>(parse_address(text));
    FAIL("it was taken");
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    CHECK(message.find("allowed: redis://") != std::string::npos);
    CHECK(message.find("hidden") == std::string::npos);
  }
}
