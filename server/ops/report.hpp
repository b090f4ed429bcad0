// What there is to be known about a running server at one moment: the one list from which stats and metrics are
// written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/latency_histogram.hpp"

namespace lastbeat {

enum class ReadingKind : std::uint8_t {
  kCounter,  // only grows, from 0 at the start
  kGauge,
};

struct Label {
  std::string name;
  std::string value;
};

// One number.
struct Reading {
  std::string stat;    // its name in the stats, where readings of one name are added up; empty: not there
  std::string metric;  // its name in the metrics, where readings of one name differ by labels; empty: not there
  std::string help{};  // of the metric: one sentence
  ReadingKind kind = ReadingKind::kGauge;
  std::uint64_t value = 0;
  std::uint64_t unit =
      1;  // so many of it are one of the metric's: 1,000,000 for microseconds, since metrics have seconds
  std::vector<Label> labels{};
};

// How long one kind of thing took. In the metrics only.
struct LatencyReading {
  std::string metric;
  std::string help;
  std::vector<Label> labels;
  LatencyCounts counts;
};

struct Report {
  std::vector<Reading> readings;
  std::vector<LatencyReading> latencies;
};

}  // namespace lastbeat
