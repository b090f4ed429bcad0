#include "net/counter_reading.hpp"

#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

// What tells metrics of one name apart.
std::string series_of(const Reading& reading) {
  std::string series = reading.metric;
  for (const Label& label : reading.labels) series += "," + label.name + "=" + label.value;
  return series;
}

}  // namespace

TEST_CASE("every counter is in the stats and in the metrics, under a name of its own") {
  const std::string protocol = GENERATE("binary", "http");
  std::set<std::string> stats;
  std::set<std::string> series;
  std::map<std::string, std::string> helps;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::kEnd); ++i) {
    const auto counter = static_cast<Counter>(i);
    const Reading reading = counter_reading(counter, protocol, i + 1);
    CAPTURE(reading.stat);
    CHECK(reading.stat == name_of(counter));
    CHECK(reading.stat != "unknown");
    CHECK(stats.insert(reading.stat).second);
    CHECK(reading.kind == ReadingKind::kCounter);
    CHECK(reading.value == i + 1);
    if (reading.metric.empty()) {
      CHECK(protocol != "http");
      CHECK(reading.stat.find("http_") != std::string::npos);
      continue;
    }
    CHECK(reading.metric.starts_with("lastbeat_"));
    CHECK(reading.metric.ends_with("_total"));
    CHECK_FALSE(reading.help.empty());
    CHECK(helps.emplace(reading.metric, reading.help).first->second == reading.help);
    CHECK(series.insert(series_of(reading)).second);
  }
}

TEST_CASE("kinds and reasons are labels") {
  struct Row {
    Counter counter;
    const char* series;
  };
  const auto row = GENERATE(values<Row>({
      {Counter::kHeartbeats, "lastbeat_operations_total,protocol=http,kind=heartbeat"},
      {Counter::kRequestsStatus, "lastbeat_requests_total,protocol=http,kind=status"},
      {Counter::kRefusedIdle, "lastbeat_refusals_total,protocol=http,reason=idle"},
      {Counter::kRefusedHttpSlow, "lastbeat_refusals_total,protocol=http,reason=slow"},
      {Counter::kRefusedUsers, "lastbeat_operations_refused_total,protocol=http"},
      {Counter::kBytesIn, "lastbeat_received_bytes_total,protocol=http"},
  }));
  CHECK(series_of(counter_reading(row.counter, "http", 0)) == row.series);
}
