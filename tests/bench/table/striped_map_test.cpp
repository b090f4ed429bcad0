#include "table_bench/striped_map.hpp"

#include <array>
#include <map>
#include <unordered_map>

#include "support/catch.hpp"
#include "table_bench/bench_time.hpp"
#include "table_bench/user_ids.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

// Counts what is announced to it.
struct PrefetchedMap : std::map<std::uint64_t, std::uint32_t> {
  static inline std::size_t prefetched = 0;
  void prefetch(std::uint64_t /*id*/) const { ++prefetched; }
};

}  // namespace

TEST_CASE("a rival keeps to the rules as far as it is asked") {
  BenchTime time;
  StripedMap<std::unordered_map<std::uint64_t, std::uint32_t>> map{time.published()};
  const std::array beat{Command{.user = nth_user(1), .kind = CommandKind::kHeartbeat}};
  const std::array ask{Command{.user = nth_user(1)}, Command{.user = nth_user(2)}};
  std::array<Answer, 1> beaten;
  std::array<Answer, 2> told;
  map.execute(beat, beaten);
  map.stop_growing();
  time.advance(30);
  map.execute(ask, told);
  CHECK(told[0].presence == Presence::kOnline);
  CHECK(told[0].age_s == 30);
  CHECK(told[1].presence == Presence::kOffline);
  CHECK(told[1].age_s == Answer::kNoAge);
  time.advance(1);
  map.execute(ask, told);
  CHECK(told[0].presence == Presence::kOffline);
  map.execute(beat, beaten);
  map.execute(ask, told);
  CHECK(told[0].age_s == 0);
  CHECK(map.entries() == 1);
}

TEST_CASE("every command of a batch is prefetched once, where the map can") {
  BenchTime time;
  StripedMap<PrefetchedMap> map{time.published()};
  const auto size = GENERATE(as<std::size_t>{}, 1, 5, 16, 17, 256);
  Batch batch;
  for (std::size_t i = 0; i < size; ++i) batch.commands.at(i) = {.user = nth_user(i), .kind = CommandKind::kHeartbeat};
  PrefetchedMap::prefetched = 0;
  map.execute({batch.commands.data(), size}, {batch.answers.data(), size});
  CHECK(PrefetchedMap::prefetched == size);
  CHECK(map.entries() == size);
}
