#include "compare/report.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Run run(double us) {
  return {.seconds = 2,
          .operations = 200,
          .errors = 0,
          .operations_per_second = 100,
          .server_us_per_operation = us,
          .server_share = 0.95,
          .load_share = 0.5,
          .p50_us = 1,
          .p99_us = 2 * us,
          .p999_us = 3};
}

CompareOutcome outcome() {
  CompareOutcome outcome;
  outcome.peers.found = {{.name = "lastbeat", .program = "/x/lastbeatd", .version = "lastbeatd 9", .protocol = {}},
                         {.name = "redis", .program = "/x/redis", .version = "redis 8", .protocol = {}}};
  outcome.peers.left_out = {"valkey: left out"};
  for (const Scenario scenario : {Scenario::kSingle, Scenario::kLatency}) {
    outcome.scenarios.push_back(
        {.scenario = scenario,
         .shape = shape_of(scenario),
         .rate = std::nullopt,
         .peers = {{.peer = "lastbeat", .runs = {run(2), run(4)}}, {.peer = "redis", .runs = {run(4), run(12)}}}});
  }
  outcome.scenarios.back().rate = 34'700;
  outcome.users = {{.peer = "lastbeat", .count = 1000, .bytes_each = 10},
                   {.peer = "redis", .count = 1000, .bytes_each = 120}};
  outcome.connections = {{.peer = "redis", .count = 5, .bytes_each = 2000}};
  return outcome;
}

}  // namespace

TEST_CASE("the names that scripts rely on in a comparison") {
  CompareOptions options;
  options.command = "lastbeat-bench compare";
  const std::string json = to_json(outcome(), options);
  CAPTURE(json);
  for (const char* expected :
       {"\"servers\":[{\"name\":\"lastbeat\",\"version\":\"lastbeatd 9\",\"program\":\"/x/lastbeatd\"}",
        "\"left_out\":[\"valkey: left out\"]",
        "\"scenario\":\"single\"",
        "\"connections\":64",
        "\"pipeline\":1",
        "\"batch\":1",
        "\"heartbeats_percent\":90",
        "\"rate\":null",
        "\"rate\":34700",
        "\"server_cpu_us_per_operation\":{\"median\":8,\"lowest\":4,\"highest\":12}",
        "\"server_cpu_over_lastbeat\":{\"median\":2.5,\"lowest\":2,\"highest\":3}",
        "\"runs\":[{\"seconds\":2,\"operations\":200,\"errors\":0,\"operations_per_second\":100,",
        "\"server_cpu_us_per_operation\":2,\"server_cpu_share\":0.95,\"load_cpu_share\":0.5,\"p50_us\":1,",
        "\"memory\":[{\"server\":\"lastbeat\",\"users\":1000,\"bytes_each\":10}",
        "\"idle_connections\":[{\"server\":\"redis\",\"connections\":5,\"bytes_each\":2000}]",
        "\"problems\":[]",
        "\"command\":\"lastbeat-bench compare\"",
        "\"commit\":",
        "\"cpu\":",
        "\"cores\":"}) {
    CAPTURE(expected);
    CHECK(has(json, expected));
  }
}

TEST_CASE("a comparison tells medians, ratios of the same round with their spread, and who was at the limit") {
  const std::string text = to_text(outcome(), CompareOptions{});
  CAPTURE(text);
  CHECK(has(text, "lastbeat: lastbeatd 9"));
  CHECK(has(text, "valkey: left out"));
  CHECK(has(text, "One request at a time"));
  CHECK(has(text, "2.50 (2.00 to 3.00)"));
  CHECK(has(text, "95.0 %"));
  CHECK(has(text, "34,700 operations/s in all"));
  CHECK(has(text, "12.0"));
}

TEST_CASE("the side that had nothing left is named") {
  struct Row {
    double server;
    double load;
    const char* limit;
  };
  const auto row = GENERATE(values<Row>(
      {{0.95, 0.5, "| server |"}, {0.5, 0.95, "| load |"}, {0.95, 0.95, "| both |"}, {0.5, 0.5, "| neither |"}}));
  CompareOutcome one = outcome();
  for (PeerRuns& runs : one.scenarios.front().peers) {
    for (Run& each : runs.runs) {
      each.server_share = row.server;
      each.load_share = row.load;
    }
  }
  one.scenarios.resize(1);
  CHECK(has(to_markdown(one, CompareOptions{}), row.limit));
}

TEST_CASE("as Markdown a comparison has the same tables") {
  const std::string text = to_markdown(outcome(), CompareOptions{});
  CAPTURE(text);
  CHECK(has(text, "### One request at a time\n"));
  CHECK(has(text, "\n| redis | 8.00 | 2.50 (2.00 to 3.00) | 100 | 95.0 % | 50.0 % | server |\n"));
  CHECK(has(text, "\n| redis | 1,000 | 120 | 12.0 |\n"));
  CHECK(has(text, "\n| redis | 5.00 | 2,000 | - |\n"));
}

TEST_CASE("a comparison that was interrupted before the first round can be told") {
  CompareOutcome one = outcome();
  for (ScenarioOutcome& scenario : one.scenarios) {
    for (PeerRuns& runs : scenario.peers) runs.runs.clear();
  }
  CHECK(has(to_text(one, CompareOptions{}), "One request at a time"));
  CHECK(has(to_json(one, CompareOptions{}), "\"runs\":[]"));
}
