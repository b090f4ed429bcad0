#include "table_bench/rates.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "bench/statistics.hpp"
#include "table_bench/traffic.hpp"

namespace lastbeat::bench {
namespace {

using Slices = std::vector<double>;

double median(const Slices& slices) { return spread_of(slices).median; }

// Read-modify-writes by a number of threads, slice by slice for each prefetch distance.
class RmwLimit {
 public:
  explicit RmwLimit(std::uint32_t threads) : threads_{threads} {}

  void measure(const MemoryYardstick& yardstick, std::chrono::milliseconds duration) {
    const auto rates = yardstick.rmw_rates(threads_, duration);
    for (std::size_t i = 0; i < rates.size(); ++i) of_distance_[i].push_back(rates[i]);
  }
  // Of the distance that serves best throughout: the best of each slice would be a matter of luck.
  [[nodiscard]] const Slices& best() const {
    return *std::max_element(of_distance_.begin(), of_distance_.end(),
                             [](const Slices& a, const Slices& b) { return median(a) < median(b); });
  }

 private:
  std::uint32_t threads_;
  std::array<Slices, MemoryYardstick::kDistances.size()> of_distance_;
};

struct Measured {
  Traffic traffic;
  Rate TableRates::*rate;
  Slices slices;
};

std::vector<Measured> plan(std::uint64_t users, std::uint32_t threads) {
  constexpr std::uint32_t kMix = 90;
  const Traffic heartbeats{.threads = threads, .users = users};
  const auto with = [&](auto change) {
    Traffic traffic = heartbeats;
    change(traffic);
    return traffic;
  };
  return {
      {heartbeats, &TableRates::heartbeats, {}},
      {with([](Traffic& t) { t.heartbeats = 0; }), &TableRates::statuses, {}},
      {with([](Traffic& t) { t.heartbeats = 0, t.known = false; }), &TableRates::missing_statuses, {}},
      {with([](Traffic& t) { t.threads = 1; }), &TableRates::heartbeats_1_thread, {}},
      {with([](Traffic& t) { t.heartbeats = kMix; }), &TableRates::mix, {}},
      {with([](Traffic& t) { t.commands_a_call = 1; }), &TableRates::single_heartbeats, {}},
      {with([](Traffic& t) { t.heartbeats = 0, t.commands_a_call = 1; }), &TableRates::single_statuses, {}},
  };
}

}  // namespace

RatesAndLimit measure_rates(Subject& subject, BenchTime& time, const MemoryYardstick& yardstick, std::uint64_t users,
                            std::uint32_t threads, std::chrono::milliseconds duration) {
  const auto slice = std::max<std::chrono::milliseconds>(duration / kSlices, std::chrono::milliseconds{1});
  RmwLimit limit_1_thread{1};
  RmwLimit limit{threads};
  Slices reads;
  std::vector<Measured> measured = plan(users, threads);
  for (int i = 0; i < kSlices; ++i) {
    limit_1_thread.measure(yardstick, slice);
    limit.measure(yardstick, slice);
    reads.push_back(yardstick.read_rate(slice));
    for (Measured& each : measured) each.slices.push_back(measure_traffic(subject, time, each.traffic, slice));
  }

  RatesAndLimit result;
  result.limit = {.bytes = yardstick.bytes(),
                  .rmw_per_second = median(limit.best()),
                  .rmw_per_second_1_thread = median(limit_1_thread.best()),
                  .read_bytes_per_second = median(reads)};
  for (const Measured& each : measured) {
    const Slices& base = each.traffic.threads == threads ? limit.best() : limit_1_thread.best();
    result.rates.*each.rate = {.per_second = median(each.slices), .of_limit = median(paired_ratios(each.slices, base))};
  }
  return result;
}

}  // namespace lastbeat::bench
