#include "bench/server_samples.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace lastbeat::bench {
namespace {

using Value = std::function<double(const ServerSample&)>;

// Of the line through the points (hours, value) that is nearest to all of them. At least two points in time.
double slope_per_hour(std::span<const ServerSample> samples, const Value& value) {
  using Hours = std::chrono::duration<double, std::ratio<3600>>;
  const auto hours = [&](const ServerSample& sample) { return Hours{sample.at - samples.front().at}.count(); };
  const auto mean = [&](const Value& of) {
    double sum = 0;
    for (const ServerSample& sample : samples) sum += of(sample);
    return sum / static_cast<double>(samples.size());
  };
  const double mean_hours = mean(hours);
  const double mean_value = mean(value);
  const double products =
      mean([&](const auto& sample) { return (hours(sample) - mean_hours) * (value(sample) - mean_value); });
  const double squares =
      mean([&](const auto& sample) { return (hours(sample) - mean_hours) * (hours(sample) - mean_hours); });
  return products / squares;
}

std::int64_t difference(std::uint64_t last, std::uint64_t first) {
  return static_cast<std::int64_t>(last) - static_cast<std::int64_t>(first);
}

}  // namespace

void ServerSamples::add(const ServerSample& sample) {
  if (samples_.size() == kMost) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < samples_.size(); i += 2) samples_[kept++] = samples_[i];
    samples_.resize(kept);
    interval_ *= 2;
  }
  samples_.push_back(sample);
}

std::optional<Growth> growth_after(std::chrono::duration<double> warm_up, std::span<const ServerSample> samples) {
  const auto first =
      std::find_if(samples.begin(), samples.end(), [&](const auto& sample) { return sample.at >= warm_up; });
  samples = samples.subspan(static_cast<std::size_t>(first - samples.begin()));
  if (samples.size() < 2 || samples.front().at == samples.back().at) return std::nullopt;
  Growth growth;
  growth.rss_bytes = difference(samples.back().rss_bytes, samples.front().rss_bytes);
  growth.rss_bytes_per_hour =
      slope_per_hour(samples, [](const auto& sample) { return static_cast<double>(sample.rss_bytes); });
  if (std::all_of(samples.begin(), samples.end(), [](const auto& sample) { return sample.open_files.has_value(); })) {
    growth.open_files = difference(*samples.back().open_files, *samples.front().open_files);
    growth.open_files_per_hour =
        slope_per_hour(samples, [](const auto& sample) { return static_cast<double>(*sample.open_files); });
  }
  return growth;
}

}  // namespace lastbeat::bench
