#include "table_bench/growth.hpp"

#include <malloc.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "ops/process_usage.hpp"
#include "table_bench/claims.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

// A sample a twentieth of the way, and at least every five million users.
std::uint64_t sample_distance(std::uint64_t users) {
  constexpr std::uint64_t kSamples = 20;
  constexpr std::uint64_t kMostApart = 5'000'000;
  return std::clamp<std::uint64_t>(users / kSamples, 1, kMostApart);
}

// Besides, whenever their number has doubled: most happens in the beginning.
bool is_sample_due(Claims::Range range, std::uint64_t distance) {
  constexpr std::uint64_t kFirst = std::uint64_t{1} << 17U;
  return range.begin / distance != range.end / distance ||
         (range.end >= kFirst && std::bit_width(range.begin) != std::bit_width(range.end));
}

GrowthSample sample(std::uint64_t users, std::uint64_t bytes_before) {
  const std::uint64_t bytes = process_usage().resident_bytes;
  const std::uint64_t grown = bytes > bytes_before ? bytes - bytes_before : 0;
  return {.users = users, .bytes_per_user = static_cast<double>(grown) / static_cast<double>(users)};
}

// What one thread of the growth saw.
struct Share {
  std::vector<GrowthSample> samples;
  Histogram call_ns;
};

void insert_all(Subject& subject, Claims& claims, std::uint64_t distance, std::uint64_t bytes_before, Share& share) {
  Batch batch;
  for (auto range = claims.next(); !range.is_empty(); range = claims.next()) {
    const auto size = static_cast<std::size_t>(range.end - range.begin);
    for (std::size_t i = 0; i < size; ++i) {
      batch.commands[i] = {.user = nth_user(range.begin + i), .kind = CommandKind::kHeartbeat};
    }
    const auto start = SteadyClock::now();
    subject.execute({batch.commands.data(), size}, {batch.answers.data(), size});
    share.call_ns.record(static_cast<std::uint64_t>((SteadyClock::now() - start).count()));
    if (is_sample_due(range, distance)) share.samples.push_back(sample(range.end, bytes_before));
  }
}

}  // namespace

double Growth::peak_bytes() const noexcept {
  double peak = 0;
  for (const GrowthSample& sample : samples) {
    peak = std::max(peak, sample.bytes_per_user * static_cast<double>(sample.users));
  }
  return peak;
}

std::optional<double> Growth::most_bytes_per_user_from(std::uint64_t from) const noexcept {
  std::optional<double> most;
  for (const GrowthSample& sample : samples) {
    if (sample.users >= from) most = std::max(most.value_or(0), sample.bytes_per_user);
  }
  return most;
}

std::uint64_t settled_resident_bytes() {
  ::malloc_trim(0);
  return process_usage().resident_bytes;
}

Growth grow(Subject& subject, std::uint64_t users, std::uint32_t threads, std::uint64_t bytes_before) {
  Growth growth;
  growth.users = users;
  Claims claims{users};
  std::vector<Share> shares(threads);
  growth.took = run_team(
      threads, [&](std::uint32_t i) { insert_all(subject, claims, sample_distance(users), bytes_before, shares[i]); });
  for (const Share& share : shares) {
    growth.samples.insert(growth.samples.end(), share.samples.begin(), share.samples.end());
    growth.call_ns.merge(share.call_ns);
  }
  std::erase_if(growth.samples, [&](const GrowthSample& sample) { return sample.users == users; });
  growth.samples.push_back(sample(users, bytes_before));
  std::sort(growth.samples.begin(), growth.samples.end(),
            [](const GrowthSample& a, const GrowthSample& b) { return a.users < b.users; });
  if (const std::uint64_t held = subject.entries(); held != users) {
    throw std::runtime_error("only " + std::to_string(held) + " of " + std::to_string(users) +
                             " users found room; try fewer --users");
  }
  return growth;
}

SteadyClock::duration longest_spin_gap(std::uint32_t threads, SecondsTaken duration) {
  std::vector<SteadyClock::duration> longest(threads);
  run_team(threads, [&](std::uint32_t i) {
    SteadyClock::duration gap{0};
    auto last = SteadyClock::now();
    for (const auto end = last + duration; last < end;) {
      const auto now = SteadyClock::now();
      gap = std::max(gap, now - last);
      last = now;
    }
    longest[i] = gap;
  });
  return *std::max_element(longest.begin(), longest.end());
}

}  // namespace lastbeat::bench
