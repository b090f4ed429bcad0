#include "metrics/prometheus_text.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

namespace {

constexpr BuildFacts kBuild{.version = "1.2.3", .commit = "abc", .build_type = "Release"};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Reading counter(const char* protocol, std::uint64_t value) {
  return {.stat = "beats",
          .metric = "beats_total",
          .help = "Beats.",
          .kind = ReadingKind::kCounter,
          .value = value,
          .labels = {{"protocol", protocol}}};
}

}  // namespace

TEST_CASE("the build is told even when nothing else is") {
  CHECK(prometheus_text({}, kBuild) ==
        "# HELP lastbeat_build_info What is running; always 1.\n# TYPE lastbeat_build_info gauge\n"
        "lastbeat_build_info{version=\"1.2.3\",commit=\"abc\",build_type=\"Release\"} 1\n");
}

TEST_CASE("readings of one metric stand together, whatever comes between them") {
  Report report;
  report.readings.push_back(counter("binary", 3));
  report.readings.push_back({.stat = "online", .metric = "online", .help = "Online.", .value = 7});
  report.readings.push_back(counter("http", 9007199254740992));
  report.readings.push_back({.stat = "only_in_stats", .metric = "", .value = 7});
  const auto lines = lines_of(prometheus_text(report, kBuild));
  CHECK(std::vector<std::string>(lines.begin() + 3, lines.end()) ==
        std::vector<std::string>{"# HELP beats_total Beats.", "# TYPE beats_total counter",
                                 "beats_total{protocol=\"binary\"} 3",
                                 "beats_total{protocol=\"http\"} 9007199254740992", "# HELP online Online.",
                                 "# TYPE online gauge", "online 7"});
}

TEST_CASE("microseconds become seconds") {
  Report report;
  report.readings.push_back({.stat = "a_us", .metric = "a_seconds", .help = "A.", .value = 1'500, .unit = 1'000'000});
  CHECK(prometheus_text(report, kBuild).ends_with("a_seconds 0.0015\n"));
}

TEST_CASE("a histogram has buckets that only grow, up to all, and the sum in seconds") {
  LatencyHistogram histogram;
  for (const auto took : {1us, 3us, 40us, 900us}) histogram.record(took);
  histogram.record(10s);
  Report report;
  report.latencies.push_back(
      {.metric = "turn_seconds", .help = "Turns.", .labels = {{"protocol", "http"}}, .counts = {}});
  histogram.add_to(report.latencies[0].counts);
  const std::string text = prometheus_text(report, kBuild);
  CAPTURE(text);
  struct Row {
    const char* bound;
    int count;
  };
  for (const Row& row : {Row{"2e-06", 1}, Row{"5e-06", 2}, Row{"2.5e-05", 2}, Row{"5e-05", 3}, Row{"0.001", 4},
                         Row{"2.5", 4}, Row{"+Inf", 5}}) {
    const std::string line = std::string{"\nturn_seconds_bucket{protocol=\"http\",le=\""} + row.bound + "\"} " +
                             std::to_string(row.count) + "\n";
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(text.find("\nturn_seconds_count{protocol=\"http\"} 5\n") != std::string::npos);
  CHECK(text.find("\nturn_seconds_sum{protocol=\"http\"} 10.00094") != std::string::npos);
  CHECK(text.find("# TYPE turn_seconds histogram") != std::string::npos);
}
