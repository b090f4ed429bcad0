#include "ops/history.hpp"

#include <algorithm>

#include "support/catch.hpp"

using lastbeat::History;
using lastbeat::LatencyHistogram;
using lastbeat::Report;
using namespace std::chrono_literals;

namespace {

Report report_with(const std::string& stat, std::uint64_t value) {
  Report report;
  report.readings.push_back({.stat = stat, .metric = "", .value = value});
  return report;
}

std::uint64_t stat_of(const History::Sample& sample, std::string_view name) {
  const auto found = std::find(History::kStats.begin(), History::kStats.end(), name);
  REQUIRE(found != History::kStats.end());
  return sample.stats.at(static_cast<std::size_t>(found - History::kStats.begin()));
}

}  // namespace

TEST_CASE("a sample holds what the stats say, readings of one name added up") {
  History history;
  CHECK(history.samples().empty());
  Report report = report_with("heartbeats", 3);
  report.readings.push_back({.stat = "heartbeats", .metric = "", .value = 4});
  report.readings.push_back({.stat = "online", .metric = "", .value = 2});
  report.readings.push_back({.stat = "not_kept", .metric = "", .value = 9});
  history.add(5s, report);
  REQUIRE(history.samples().size() == 1);
  CHECK(history.samples()[0].at == 5s);
  CHECK(stat_of(history.samples()[0], "heartbeats") == 7);
  CHECK(stat_of(history.samples()[0], "online") == 2);
  CHECK(stat_of(history.samples()[0], "statuses") == 0);
}

TEST_CASE("a sample tells how long the turns took that came after the sample before") {
  LatencyHistogram binary;
  LatencyHistogram http;
  History history;
  const auto sample = [&] {
    Report report;
    for (const LatencyHistogram* histogram : {&binary, &http}) {
      report.latencies.push_back({.metric = "", .help = "", .labels = {}, .counts = {}});
      histogram->add_to(report.latencies.back().counts);
    }
    history.add(0s, report);
    return history.samples().back().quantiles;
  };
  for (int i = 0; i < 1000; ++i) binary.record(1ms);
  const auto slow = sample();
  CHECK(slow[0] >= 1'000'000);
  for (int i = 0; i < 98; ++i) binary.record(10ns);
  for (int i = 0; i < 2; ++i) http.record(50ns);
  CHECK(sample() == std::array<std::uint64_t, 3>{10, 50, 50});
  CHECK(sample() == std::array<std::uint64_t, 3>{0, 0, 0});
}

TEST_CASE("the history ends an hour ago") {
  History history;
  constexpr std::size_t kAdded = History::kMostSamples + 7;
  for (std::size_t i = 0; i < kAdded; ++i) {
    history.add(std::chrono::seconds{i}, report_with("online", i));
  }
  const auto samples = history.samples();
  REQUIRE(samples.size() == History::kMostSamples);
  CHECK(History::kInterval * (History::kMostSamples - 1) == 1h);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CHECK(samples[i].at == std::chrono::seconds{i + 7});
    CHECK(stat_of(samples[i], "online") == i + 7);
  }
}
