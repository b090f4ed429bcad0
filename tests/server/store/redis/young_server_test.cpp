#include "redis/young_server.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using redis::doubt_about;

TEST_CASE("a Redis is in doubt that may lack what it, or the one before it, was told") {
  struct Row {
    const char* run_id;
    int uptime_s;
    const char* known;
    Second until;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"a", 5, "", 1026, "met young: a ttl after its start"},
      {"a", 31, "", 0, "met when it had been up for a ttl"},
      {"a", 5, "a", 0, "a connection broke, and it is the same"},
      {"b", 0, "a", 1031, "started anew: a ttl from now"},
      {"b", 100'000, "a", 1031, "a replica took over: it lacks the last of what the other was told"},
  }));
  INFO(row.why);
  const redis::ServerFacts facts{
      .version = "7.0.0", .run_id = row.run_id, .uptime = std::chrono::seconds{row.uptime_s}};
  CHECK(doubt_about(facts, row.known, 1000, 30) == row.until);
}
