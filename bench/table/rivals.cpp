#include "table_bench/rivals.hpp"

#include <absl/container/flat_hash_map.h>

#include <fstream>
#include <unordered_map>

#include "table_bench/bench_time.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/striped_map.hpp"

namespace lastbeat::bench {
namespace {

// Bytes a user at the moment that takes most, as experience has it: absl's load goes down to 7/16, std has a node each.
constexpr std::uint64_t kAbslBytes = 45;
constexpr std::uint64_t kStdBytes = 75;

// 0 when the system does not tell.
std::uint64_t available_bytes() {
  constexpr std::uint64_t kKilobyte = 1024;
  std::ifstream info{"/proc/meminfo"};
  for (std::string name; info >> name;) {
    std::uint64_t kilobytes = 0;
    if (name == "MemAvailable:" && info >> kilobytes) return kilobytes * kKilobyte;
  }
  return 0;
}

template <class Map>
RivalFigures measure(const TableOptions& options) {
  BenchTime time;
  const std::uint64_t bytes_before = settled_resident_bytes();
  StripedMap<Map> map{time.published()};
  const Growth growth = grow(map, options.users, options.threads, bytes_before);
  map.stop_growing();
  return {.inserts_per_second = growth.inserts_per_second(),
          .bytes_per_user = growth.bytes_per_user(),
          .rates = measure_common_rates(map, time, options.users, options.threads, options.duration)};
}

template <class Map>
RivalOutcome measure_if_it_fits(std::string_view name, std::uint64_t bytes_per_user, const TableOptions& options) {
  RivalOutcome outcome{.name = name, .skipped = {}, .figures = {}};
  const std::uint64_t needed = bytes_per_user * options.users;
  if (const std::uint64_t available = available_bytes(); needed > available) {
    outcome.skipped = "would need about " + std::to_string(needed >> 20U) + " MiB, " +
                      std::to_string(available >> 20U) + " MiB are available";
  } else {
    outcome.figures = measure<Map>(options);
  }
  return outcome;
}

RivalOutcome measure(Rival rival, const TableOptions& options) {
  using AbslMap = absl::flat_hash_map<std::uint64_t, std::uint32_t>;
  using StdMap = std::unordered_map<std::uint64_t, std::uint32_t>;
  if (rival == Rival::kAbsl) return measure_if_it_fits<AbslMap>("absl", kAbslBytes, options);
  return measure_if_it_fits<StdMap>("std", kStdBytes, options);
}

}  // namespace

std::vector<RivalOutcome> measure_rivals(const TableOptions& options) {
  std::vector<RivalOutcome> outcomes;
  for (const Rival rival : options.rivals) outcomes.push_back(measure(rival, options));
  return outcomes;
}

}  // namespace lastbeat::bench
