#include "metrics/prometheus_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <sstream>
#include <vector>

namespace lastbeat {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

// A turn that serves one request takes some microseconds, one that serves a full read of them some milliseconds; what
// is above has waited for the processor, or for a store.
constexpr std::array<nanoseconds, 19> kBounds{2us, 5us,  10us, 25us, 50us,  100us, 250us, 500us, 1ms,   2500us,
                                              5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s,    2500ms};

double in_seconds(nanoseconds duration) { return std::chrono::duration<double>{duration}.count(); }

std::vector<ClientMetric::Label> labels_of(const std::vector<Label>& labels) {
  std::vector<ClientMetric::Label> converted;
  converted.reserve(labels.size());
  for (const Label& label : labels) converted.push_back({label.name, label.value});
  return converted;
}

// All metrics of one name, which the format wants together.
std::vector<ClientMetric>& family(std::vector<MetricFamily>& families, const std::string& name, const std::string& help,
                                  MetricType type) {
  auto found = std::find_if(families.begin(), families.end(), [&](const auto& one) { return one.name == name; });
  if (found == families.end()) found = families.insert(families.end(), {name, help, type, {}});
  return found->metric;
}

void add(std::vector<MetricFamily>& families, const Reading& reading) {
  const double value = static_cast<double>(reading.value) / static_cast<double>(reading.unit);
  ClientMetric metric;
  metric.label = labels_of(reading.labels);
  const bool is_counter = reading.kind == ReadingKind::kCounter;
  (is_counter ? metric.counter.value : metric.gauge.value) = value;
  family(families, reading.metric, reading.help, is_counter ? MetricType::Counter : MetricType::Gauge)
      .push_back(std::move(metric));
}

void add(std::vector<MetricFamily>& families, const LatencyReading& reading) {
  ClientMetric metric;
  metric.label = labels_of(reading.labels);
  for (const nanoseconds bound : kBounds) {
    metric.histogram.bucket.push_back({reading.counts.at_most(bound), in_seconds(bound)});
  }
  metric.histogram.sample_count = reading.counts.total();
  metric.histogram.sample_sum = in_seconds(reading.counts.sum());
  metric.histogram.bucket.push_back({metric.histogram.sample_count, std::numeric_limits<double>::infinity()});
  family(families, reading.metric, reading.help, MetricType::Histogram).push_back(std::move(metric));
}

void add(std::vector<MetricFamily>& families, const BuildFacts& build) {
  ClientMetric metric;
  metric.label = {{"version", std::string{build.version}},
                  {"commit", std::string{build.commit}},
                  {"build_type", std::string{build.build_type}}};
  metric.gauge.value = 1;
  family(families, "lastbeat_build_info", "What is running; always 1.", MetricType::Gauge).push_back(std::move(metric));
}

}  // namespace

std::string prometheus_text(const Report& report, const BuildFacts& build) {
  std::vector<MetricFamily> families;
  add(families, build);
  for (const Reading& reading : report.readings) {
    if (!reading.metric.empty()) add(families, reading);
  }
  for (const LatencyReading& reading : report.latencies) add(families, reading);
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, families);
  return std::move(text).str();
}

}  // namespace lastbeat
