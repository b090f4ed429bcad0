#include "ops/latency_histogram.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using lastbeat::LatencyCounts;
using lastbeat::LatencyHistogram;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

LatencyCounts counts_of(const LatencyHistogram& histogram) {
  LatencyCounts counts;
  histogram.add_to(counts);
  return counts;
}

}  // namespace

TEST_CASE("an empty latency histogram says nothing") {
  const LatencyCounts counts = counts_of(LatencyHistogram{});
  CHECK(counts.total() == 0);
  CHECK(counts.sum() == 0ns);
  CHECK(counts.quantile(0.5) == 0ns);
  CHECK(counts.at_most(24h) == 0);
}

TEST_CASE("short durations are exact, and a clock that went back counts as none") {
  LatencyHistogram histogram;
  for (int i = 0; i < 64; ++i) histogram.record(nanoseconds{i});
  histogram.record(-5ns);
  const LatencyCounts counts = counts_of(histogram);
  CHECK(counts.total() == 65);
  CHECK(counts.sum() == nanoseconds{63 * 64 / 2});
  CHECK(counts.at_most(0ns) == 2);
  CHECK(counts.at_most(31ns) == 33);
  CHECK(counts.quantile(1) == 63ns);
}

TEST_CASE("quantiles of histograms together are at most 3.2 percent above those of a sorted list") {
  CAPTURE(Catch::rngSeed());
  std::mt19937_64 random{Catch::rngSeed()};
  std::lognormal_distribution<double> distribution{10, 2};
  std::vector<nanoseconds> durations;
  std::vector<LatencyHistogram> histograms(3);
  nanoseconds sum{0};
  for (std::size_t i = 0; i < 20'000; ++i) {
    const nanoseconds took{static_cast<nanoseconds::rep>(distribution(random))};
    durations.push_back(took);
    sum += took;
    histograms[i % histograms.size()].record(took);
  }
  LatencyCounts counts;
  for (const LatencyHistogram& histogram : histograms) histogram.add_to(counts);
  std::sort(durations.begin(), durations.end());
  CHECK(counts.total() == durations.size());
  CHECK(counts.sum() == sum);
  for (const double share : {0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const nanoseconds exact = durations[static_cast<std::size_t>(share * static_cast<double>(durations.size())) - 1];
    CAPTURE(share);
    CHECK(counts.quantile(share) >= exact);
    CHECK(counts.quantile(share) <= exact + exact / 32 + 1ns);
  }
}

TEST_CASE("a bound counts all durations below it by 3.2 percent, and none above it") {
  for (nanoseconds took = 1ns; took < 1h; took = took * 3 + 1ns) {
    LatencyHistogram histogram;
    histogram.record(took);
    const LatencyCounts counts = counts_of(histogram);
    CAPTURE(took.count());
    CHECK(counts.at_most(took - 1ns) == 0);
    CHECK(counts.at_most(took + took / 32 + 1ns) == 1);
  }
}

TEST_CASE("a latency histogram can be read while it is written, and no record is lost") {
  constexpr std::uint64_t kRecords = 200'000;
  LatencyHistogram histogram;
  std::thread writer{[&] {
    for (std::uint64_t i = 0; i < kRecords; ++i) histogram.record(nanoseconds{i % 1000});
  }};
  std::uint64_t before = 0;
  bool only_grows = true;
  while (before < kRecords) {
    const std::uint64_t now = counts_of(histogram).total();
    only_grows = only_grows && now >= before;
    before = now;
  }
  writer.join();
  CHECK(only_grows);
  CHECK(counts_of(histogram).sum() == nanoseconds{kRecords / 1000 * (999 * 1000 / 2)});
}
