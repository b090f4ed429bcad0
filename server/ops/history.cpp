#include "ops/history.hpp"

#include <algorithm>

namespace lastbeat {
namespace {

std::uint64_t stat_of(const Report& report, std::string_view name) noexcept {
  std::uint64_t sum = 0;
  for (const Reading& reading : report.readings) sum += reading.stat == name ? reading.value : 0;
  return sum;
}

}  // namespace

void History::add(std::chrono::nanoseconds at, const Report& report) {
  Sample sample{.at = at};
  std::transform(kStats.begin(), kStats.end(), sample.stats.begin(),
                 [&](std::string_view name) { return stat_of(report, name); });
  LatencyCounts turns;
  for (const LatencyReading& reading : report.latencies) turns.add(reading.counts);

  const std::lock_guard lock{mutex_};
  const LatencyCounts recent = turns.since(turns_);
  turns_ = turns;
  std::transform(kQuantiles.begin(), kQuantiles.end(), sample.quantiles.begin(), [&](const Quantile& quantile) {
    return static_cast<std::uint64_t>(recent.quantile(quantile.share).count());
  });
  if (samples_.size() == kMostSamples) samples_.pop_front();
  samples_.push_back(sample);
}

std::vector<History::Sample> History::samples() const {
  const std::lock_guard lock{mutex_};
  return {samples_.begin(), samples_.end()};
}

}  // namespace lastbeat
