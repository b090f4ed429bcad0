// How the memory and the descriptors of a server develop during a long run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lastbeat::bench {

struct ServerSample {
  std::chrono::duration<double> at{0};  // since the start of the run
  std::uint64_t rss_bytes = 0;
  std::optional<std::uint64_t> open_files;
};

// A bounded number of samples over a run of any length: when there is no room for more every second one is dropped,
// and from then on they are taken half as often. Threads: one.
class ServerSamples {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::chrono::duration<double> kFirstInterval{2};

  // Whether it is time for a sample.
  [[nodiscard]] bool is_due(std::chrono::duration<double> now) const noexcept {
    return samples_.empty() || now - samples_.back().at >= interval_;
  }
  void add(const ServerSample& sample);
  [[nodiscard]] std::span<const ServerSample> all() const noexcept { return samples_; }

 private:
  std::vector<ServerSample> samples_;
  std::chrono::duration<double> interval_ = kFirstInterval;
};

// From the first sample after the warm-up to the last; the rates are slopes of straight lines through all of those
// (least squares), which one odd sample at an end hardly moves.
struct Growth {
  std::int64_t rss_bytes = 0;
  double rss_bytes_per_hour = 0;
  std::optional<std::int64_t> open_files;  // empty when some of the samples do not tell
  std::optional<double> open_files_per_hour;
};

// Empty when there are fewer than two samples after the warm-up. `samples` are in the order of time.
[[nodiscard]] std::optional<Growth> growth_after(std::chrono::duration<double> warm_up,
                                                 std::span<const ServerSample> samples);

}  // namespace lastbeat::bench
