#include "table_bench/table_run.hpp"

#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "support/catch.hpp"
#include "table_bench/table_report.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

std::optional<double> number(std::string_view json, const std::string& key) {
  const std::string start = '"' + key + "\":";
  const auto at = json.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  const char* const first = json.data() + at + start.size();
  double value = 0;
  const auto [stopped, error] = std::from_chars(first, json.data() + json.size(), value);
  return error == std::errc{} && stopped != first ? std::optional{value} : std::nullopt;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TableOutcome outcome() {
  TableOutcome outcome;
  outcome.growth.users = 10;
  outcome.growth.took = SecondsTaken{2};
  outcome.growth.samples = {{.users = 10, .bytes_per_user = 8}};
  outcome.growth.call_ns.record(3000);
  outcome.limit.rmw_per_second = 100;
  outcome.limit.rmw_per_second_1_thread = 60;
  outcome.limit.read_bytes_per_second = 1e9;
  outcome.rates.heartbeats = {.per_second = 50, .of_limit = 0.25};
  outcome.passes.idle.cpu = 4us;
  outcome.passes.heartbeats_alone = 50;
  outcome.passes.heartbeats_during = 25;
  outcome.passes.loss_percent = 40;
  outcome.departure.each_arrived_once = true;
  return outcome;
}

std::string printed(const TableOutcome& outcome, const TableOptions& options) {
  std::ostringstream out;
  print(outcome, options, out);
  return out.str();
}

}  // namespace

TEST_CASE("a small run finds every figure, and every edge") {
  TableOptions options;
  options.users = 20'000;
  options.threads = 2;
  options.duration = 50ms;
  options.json = "-";
  std::ostringstream out;
  std::ostringstream errors;
  CHECK(run_table(options, out, errors) == 0);
  const std::string json = out.str();
  CAPTURE(json);
  for (const char* key : {"users",
                          "bytes_per_user",
                          "inserts_per_second",
                          "heartbeats_per_second",
                          "statuses_per_second",
                          "sweep_seconds",
                          "longest_lock_us",
                          "rmw_limit_per_second",
                          "threads",
                          "rmw_limit_per_second_1_thread",
                          "missing_statuses_per_second",
                          "heartbeats_per_second_1_thread",
                          "mix_per_second",
                          "single_heartbeats_per_second",
                          "single_statuses_per_second",
                          "growth_call_p9999_us",
                          "growth_call_longest_us",
                          "spin_longest_us",
                          "expiring_sweep_seconds",
                          "expiring_sweep_users",
                          "heartbeats_per_second_without_sweep",
                          "heartbeats_per_second_during_sweep",
                          "departure_seconds",
                          "lines_a_status",
                          "lines_a_missing_status",
                          "lines_a_status_after_churn",
                          "lines_a_missing_status_after_churn",
                          "read_limit_bytes_per_second",
                          "limit_bytes"}) {
    CAPTURE(key);
    const auto value = number(json, key);
    REQUIRE(value.has_value());
    CHECK(*value > 0);
  }
  CHECK(number(json, "departure_edges") == 20'000.0);
  CHECK(number(json, "departure_edges_lost") == 0.0);
  CHECK(has(json, "\"each_edge_arrived_once\":true"));
  CHECK(has(json, "\"absl\":{\"bytes_per_user\":"));
  CHECK(has(json, "\"std\":{\"bytes_per_user\":"));
}

TEST_CASE("the names that scripts rely on in a table's report") {
  TableOptions options;
  options.users = 10;
  options.command = "lastbeat-bench table";
  TableOutcome one = outcome();

  SECTION("what was measured") {
    const std::string json = to_json(one, options);
    CAPTURE(json);
    for (const char* expected :
         {"\"users\":10", "\"threads\":1", "\"bytes_per_user\":8", "\"growth\":[{\"users\":10,\"bytes_per_user\":8}]",
          "\"inserts_per_second\":5,", "\"heartbeats_per_second\":50", "\"heartbeats_share_of_limit\":0.25",
          "\"sweep_bytes_per_second\":2", "\"sweep_loss_percent\":40", "\"rmw_limit_per_second\":100", "\"rivals\":{}",
          "\"command\":\"lastbeat-bench table\"", "\"commit\":", "\"cpu\":", "\"cores\":"}) {
      CAPTURE(expected);
      CHECK(has(json, expected));
    }
    CHECK_FALSE(has(json, "rmw_limit_per_second_1_thread"));
    CHECK(has(json, "\"max_bytes_per_user_from_5_million\":null"));
  }
  SECTION("without observed holds the longest call bounds the longest lock") {
    const std::string json = to_json(one, options);
    CHECK(has(json, "\"longest_lock_us\":3,\"longest_lock_observed\":false,\"lock_p9999_us\":null"));
    CHECK(has(printed(one, options), "need --holds"));
  }
  SECTION("observed holds") {
    one.holds.emplace();
    one.holds->held_ns.record(2000);
    one.holds->most_lines_touched = 7;
    one.holds->most_lines_moved = 5;
    const std::string json = to_json(one, options);
    CHECK(has(json,
              "\"longest_lock_us\":2,\"longest_lock_observed\":true,\"lock_p9999_us\":2,"
              "\"max_lines_touched\":7,\"max_lines_moved\":5"));
  }
  SECTION("a rival that was skipped says why") {
    one.rivals.push_back({.name = "std", .skipped = "too large", .figures = {}});
    CHECK(has(to_json(one, options), "\"rivals\":{\"std\":{\"skipped\":\"too large\"}}"));
    CHECK(has(printed(one, options), "skipped: too large"));
  }
  SECTION("the share of the limit and the ratio to absl are printed") {
    one.rivals.push_back({.name = "absl", .skipped = {}, .figures = {.rates = {.heartbeats = 20}}});
    CHECK(has(printed(one, options), "25.0 %     2.50"));
  }
}
