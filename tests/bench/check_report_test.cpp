#include "bench/check_report.hpp"

#include <sstream>

#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

ServerSample sample(double at, std::uint64_t rss, std::optional<std::uint64_t> files) {
  return {.at = std::chrono::duration<double>{at}, .rss_bytes = rss, .open_files = files};
}

}  // namespace

TEST_CASE("the names of a check that scripts rely on") {
  CheckTotals totals;
  totals.answers = 7;
  totals.churned_connections = 3;
  totals.add_wrong("user 1");
  CheckOutcome outcome{.ttl = 5s, .ran_for = 100s, .totals = totals, .samples = {}};
  outcome.samples.add(sample(0, 100, 5));
  outcome.samples.add(sample(10, 200, 9));
  outcome.samples.add(sample(90, 1200, 8));
  CheckOptions options;
  options.command = "lastbeat-bench check";
  options.churn = 300;
  const std::string json = to_json(outcome, options);
  CAPTURE(json);
  for (const char* expected : {"\"answers\":7",
                               "\"wrong\":1",
                               "\"unknown\":0",
                               "\"missing\":0",
                               "\"errors\":0",
                               "\"commands\":0",
                               "\"users\":200000",
                               "\"ttl_s\":5",
                               "\"duration_s\":100",
                               "\"churn_per_second\":300",
                               "\"churned_connections\":3",
                               "\"warm_up_s\":10",
                               "\"server_rss_growth_bytes\":1000",
                               "\"server_rss_bytes_per_hour\":45000",
                               "\"server_open_files_growth\":-1",
                               "\"server_open_files_per_hour\":-45",
                               "\"samples\":[{\"at_s\":0,\"rss_bytes\":100,\"open_files\":5},",
                               "\"seed\":1",
                               "\"command\":\"lastbeat-bench check\"",
                               "\"commit\":"}) {
    CAPTURE(expected);
    CHECK(json.find(expected) != std::string::npos);
  }
  std::ostringstream text;
  print(outcome, options, text);
  CHECK(text.str().find("7 answers, 1 wrong, 0 unknown, 0 missing, 0 errors (seed 1)\n") == 0);
  CHECK(text.str().find("3 connections were opened, used and closed\n") != std::string::npos);
  CHECK(text.str().find("memory grew by 1.0 kB (trend 45.0 kB an hour), its descriptors by -1") != std::string::npos);
}

TEST_CASE("without samples the growth is null") {
  const CheckTotals totals;
  const std::string json = to_json({.ttl = 5s, .ran_for = 1s, .totals = totals, .samples = {}}, {});
  CHECK(json.find("\"server_rss_growth_bytes\":null") != std::string::npos);
  CHECK(json.find("\"server_open_files_growth\":null") != std::string::npos);
  CHECK(json.find("\"samples\":[]") != std::string::npos);
}

TEST_CASE("the warm-up is two ttl or a tenth of the run, but never more than half of it") {
  const CheckTotals totals;
  const auto warm_up = [&](std::chrono::seconds ttl, std::chrono::seconds ran_for) {
    return warm_up_of({.ttl = ttl, .ran_for = ran_for, .totals = totals, .samples = {}});
  };
  CHECK(warm_up(5s, 60s) == 10s);
  CHECK(warm_up(5s, 600s) == 60s);
  CHECK(warm_up(30s, 40s) == 20s);
}
