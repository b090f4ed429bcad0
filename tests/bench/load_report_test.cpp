#include "bench/load_report.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& json, const std::string& text) { return json.find(text) != std::string::npos; }

LoadOutcome outcome() {
  LoadOutcome outcome;
  outcome.seconds = 2;
  outcome.operations = 1000;
  outcome.latency_ns.record(16'000, 1000);
  outcome.before = ServerUsage{.rss_bytes = 1, .cpu = 1s};
  outcome.after = ServerUsage{.rss_bytes = 4096, .cpu = 1500ms};
  outcome.bench_cpu = 1s;
  return outcome;
}

}  // namespace

TEST_CASE("the names that scripts rely on") {
  LoadOptions options;
  options.command = "lastbeat-bench load";
  const std::string json = to_json(outcome(), options);
  CAPTURE(json);
  for (const char* expected : {"\"operations_per_second\":500",
                               "\"latency_us\":{\"p50\":16,\"p99\":16,\"p999\":16,\"max\":16}",
                               "\"errors\":0",
                               "\"server_rss_bytes\":4096",
                               "\"server_cpu_seconds\":0.5",
                               "\"bench_cpu_seconds\":1",
                               "\"saturated\":false",
                               "\"bench_cpu_share\":0.5",
                               "\"protocol\":\"lastbeat\"",
                               "\"distribution\":\"uniform\"",
                               "\"duration_s\":2",
                               "\"connections\":64",
                               "\"pipeline\":1",
                               "\"batch\":1",
                               "\"users\":1000000",
                               "\"heartbeats_percent\":90",
                               "\"command\":\"lastbeat-bench load\"",
                               "\"commit\":",
                               "\"cpu\":",
                               "\"cores\":"}) {
    CAPTURE(expected);
    CHECK(has(json, expected));
  }
}

TEST_CASE("what the server did not tell is null") {
  LoadOutcome silent = outcome();
  silent.after.reset();
  const std::string json = to_json(silent, {});
  CHECK(has(json, "\"server_rss_bytes\":null"));
  CHECK(has(json, "\"server_cpu_seconds\":null"));
}

TEST_CASE("a load is saturated from nine tenths of its threads on") {
  LoadOutcome busy = outcome();
  busy.bench_cpu = 1799ms;
  CHECK_FALSE(is_saturated(busy, {}));
  busy.bench_cpu = 1800ms;
  CHECK(is_saturated(busy, {}));
  LoadOptions two_threads;
  two_threads.threads = 2;
  CHECK_FALSE(is_saturated(busy, two_threads));
}
