#include "command/top.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::cli;
using namespace std::chrono_literals;

namespace {

Stats stats_of(const std::string& node, std::uint64_t online, std::uint64_t heartbeats) {
  return {{node + "uptime_s", "5"},
          {node + "online", std::to_string(online)},
          {node + "heartbeats", std::to_string(heartbeats)},
          {node + "refused_users", "3"},
          {node + "refused_shutting_down", "4"},
          {node + "turn_p99_ns", "34815"},
          {node + "rss_bytes", "12742656"}};
}

Stats both(const Stats& a, const Stats& b) {
  Stats all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

}  // namespace

TEST_CASE("top: statistics of several nodes become a reading of each, those of one server one") {
  const auto one = readings_of(stats_of("", 7, 100), "127.0.0.1:7230");
  REQUIRE(one.size() == 1);
  CHECK(one[0].node == "127.0.0.1:7230");
  CHECK(one[0].online == 7);
  CHECK(one[0].refused == 7);
  CHECK(one[0].p99_ns == 34815);
  const auto several = readings_of(both(stats_of("unix:/run/a.sock/", 1, 2), {{"b/error", "cannot connect"}}), "");
  REQUIRE(several.size() == 2);
  CHECK(several[0].node == "b");
  CHECK(several[0].error == "cannot connect");
  CHECK(several[1].node == "unix:/run/a.sock");
  CHECK(several[1].heartbeats == 2);
}

TEST_CASE("top: a line a node tells the rates since the reading before, and one all of them") {
  const auto before = readings_of(both(stats_of("a/", 5, 1000), stats_of("b/", 5, 9000)), "");
  const auto now = readings_of(both(stats_of("a/", 6, 1500), stats_of("b/", 5, 100)), "");
  const std::string table = format_top(before, now, 500ms, 2, Format::kText);
  CAPTURE(table);
  CHECK(table.find("a                               6          1000 ") != std::string::npos);
  CHECK(table.find("b                               5             0 ") != std::string::npos);  // restarted
  CHECK(table.find("all                             6          1000 ") != std::string::npos);  // (6 + 5) / 2
  const std::string json = format_top(before, now, 500ms, 2, Format::kJson);
  CHECK(json.starts_with(R"({"nodes":[{"node":"a","online":6,"heartbeats_per_second":1000,)"));
}

TEST_CASE("top: a node that says nothing is a line that tells why, and the others are added up") {
  const auto now = readings_of(both(stats_of("a/", 5, 1000), {{"b/error", "cannot connect"}}), "");
  const std::string table = format_top({}, now, 1s, 1, Format::kText);
  CAPTURE(table);
  CHECK(table.find("b                      cannot connect\n") != std::string::npos);
  CHECK(table.find("those here                      5 ") != std::string::npos);
  CHECK(table.find("all") == std::string::npos);
  CHECK(format_top({}, now, 1s, 1, Format::kJson).ends_with("{\"node\":\"b\",\"error\":\"cannot connect\"}]}\n"));
}

TEST_CASE("top: how many are online is not told where a store does not know") {
  const Stats of_redis = both(stats_of("a/", 0, 1000), {{"a/online_known", "0"}});
  const auto now = readings_of(both(of_redis, stats_of("b/", 5, 1000)), "");
  const std::string table = format_top({}, now, 1s, 1, Format::kText);
  CAPTURE(table);
  CHECK(table.find("a                               - ") != std::string::npos);
  CHECK(table.find("b                               5 ") != std::string::npos);
  CHECK(table.find("all                             - ") != std::string::npos);
  CHECK(format_top({}, now, 1s, 1, Format::kJson).find(R"({"node":"a","online":null,)") != std::string::npos);
}
