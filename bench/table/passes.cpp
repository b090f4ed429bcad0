#include "table_bench/passes.hpp"

#include <algorithm>
#include <array>
#include <stop_token>
#include <thread>
#include <vector>

#include "bench/statistics.hpp"
#include "table_bench/rates.hpp"
#include "table_bench/subject.hpp"
#include "table_bench/traffic.hpp"

namespace lastbeat::bench {
namespace {

constexpr Rules kRules = TableConfig{}.rules;
constexpr std::uint64_t kOneExpiresIn = 2000;  // 0.05 %

PassFigures idle_pass(Table& table, BenchTime& time) {
  pass_over(table);  // settles what was still to be announced
  std::array<PassFigures, 3> figures;
  for (PassFigures& each : figures) {
    time.advance(1);
    each = pass_over(table);
  }
  const auto middle = figures.begin() + figures.size() / 2;
  std::nth_element(figures.begin(), middle, figures.end(),
                   [](const PassFigures& a, const PassFigures& b) { return a.cpu < b.cpu; });
  return *middle;
}

// Everybody was heard of at the same second; then all but one in kOneExpiresIn are heard of again, and the others'
// second is a ttl and one ago.
PassFigures expiring_pass(Table& table, Subject& subject, BenchTime& time, std::uint64_t users, std::uint32_t threads) {
  time.advance(1);
  beat_everybody(subject, users, threads);
  time.advance(kRules.ttl / 2);
  beat_everybody(subject, users, threads, kOneExpiresIn);
  time.advance(kRules.ttl + 1 - kRules.ttl / 2);
  return pass_over(table);
}

double heartbeats_during_passes(Table& table, Subject& subject, BenchTime& time, const Traffic& traffic,
                                std::chrono::milliseconds duration) {
  const std::jthread passer{[&](const std::stop_token& stop) {
    while (!stop.stop_requested()) pass_over(table);
  }};
  return measure_traffic(subject, time, traffic, duration);
}

void measure_loss(Table& table, Subject& subject, BenchTime& time, std::uint64_t users,
                  std::chrono::milliseconds duration, Passes& passes) {
  const auto slice = std::max<std::chrono::milliseconds>(duration / kSlices, std::chrono::milliseconds{1});
  const Traffic traffic{.threads = 1, .users = users};
  std::vector<double> alone;
  std::vector<double> during;
  for (int i = 0; i < kSlices; ++i) {
    alone.push_back(measure_traffic(subject, time, traffic, slice));
    during.push_back(heartbeats_during_passes(table, subject, time, traffic, slice));
  }
  constexpr double kPercent = 100;
  passes.heartbeats_alone = spread_of(alone).median;
  passes.heartbeats_during = spread_of(during).median;
  passes.loss_percent = kPercent * (1 - spread_of(paired_ratios(during, alone)).median);
}

}  // namespace

Passes measure_passes(Table& table, BenchTime& time, std::uint64_t users, std::uint32_t threads,
                      std::chrono::milliseconds duration) {
  TableSubject subject{table};
  Passes passes;
  time.advance(1);
  beat_everybody(subject, users, threads);
  passes.idle = idle_pass(table, time);
  passes.expiring = expiring_pass(table, subject, time, users, threads);
  beat_everybody(subject, users, threads);
  measure_loss(table, subject, time, users, duration, passes);
  beat_everybody(subject, users, threads);
  return passes;
}

}  // namespace lastbeat::bench
