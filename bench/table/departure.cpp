#include "table_bench/departure.hpp"

#include <algorithm>
#include <stdexcept>

#include "table_bench/bench_time.hpp"
#include "table_bench/edge_receiver.hpp"
#include "table_bench/growth.hpp"
#include "table_bench/pass.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

// Four times the users of a stripe, since a pass over one waits until all its users fit.
std::size_t receiver_capacity(std::uint64_t users) {
  constexpr std::uint64_t kStripesFilled = 4;
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 16U;
  constexpr std::uint64_t kStripes = std::uint64_t{1} << TableConfig{}.stripe_bits;
  return static_cast<std::size_t>(std::max(kLeast, kStripesFilled * users / kStripes));
}

SecondsTaken pass_until_empty(Table& table) {
  constexpr int kMostPasses = 100;
  const auto start = SteadyClock::now();
  for (int i = 0; table.entries() != 0; ++i) {
    if (i == kMostPasses) throw std::runtime_error("users are still held long after they expired");
    pass_over(table);
  }
  return SteadyClock::now() - start;
}

EdgeTally expected_edges(std::uint64_t users) {
  EdgeTally tally;
  for (std::uint64_t i = 0; i < users; ++i) tally.add(nth_user(i));
  return tally;
}

}  // namespace

Departure measure_departure(std::uint64_t users, std::uint32_t threads) {
  BenchTime time;
  EdgeReceiver receiver{receiver_capacity(users)};
  const std::uint64_t bytes_before = settled_resident_bytes();
  const TableConfig config;
  Table table{config, time.published(), &receiver};
  TableSubject subject{table};
  const Growth growth = grow(subject, users, threads, bytes_before);

  time.advance(std::max(config.rules.ttl, config.rules.retain) + 1);
  Departure departure{.users = users};
  departure.took = pass_until_empty(table);
  const EdgeTally arrived = receiver.stop();
  departure.edges = arrived.count;
  departure.edges_lost = receiver.lost();
  departure.each_arrived_once = arrived == expected_edges(users);
  const std::uint64_t bytes_after = std::max(settled_resident_bytes(), bytes_before);
  departure.memory_left = static_cast<double>(bytes_after - bytes_before) / growth.peak_bytes();
  return departure;
}

}  // namespace lastbeat::bench
