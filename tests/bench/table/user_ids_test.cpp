#include "table_bench/user_ids.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

TEST_CASE("ids are SplitMix64's, so that figures of two builds are about the same users") {
  // The first outputs of the published generator with seed 0.
  CHECK(nth_user(0) == UserId{0xE220A8397B1DCDAFU});
  CHECK(nth_user(1) == UserId{0x6E789E6AA1B965F4U});
  CHECK(nth_user(2) == UserId{0x06C45D188009454FU});
}

TEST_CASE("different users have different ids, spread over all 64 bits") {
  constexpr std::uint64_t kUsers = 100'000;
  std::unordered_set<std::uint64_t> ids;
  std::array<std::uint64_t, 16> by_top_bits{};
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    const auto id = static_cast<std::uint64_t>(nth_user(i));
    ids.insert(id);
    ++by_top_bits[id >> 60U];
  }
  CHECK(ids.size() == kUsers);
  const auto [fewest, most] = std::minmax_element(by_top_bits.begin(), by_top_bits.end());
  CHECK(*fewest > kUsers / 16 * 9 / 10);
  CHECK(*most < kUsers / 16 * 11 / 10);
}

TEST_CASE("random numbers stay below their limit and reach all of it") {
  Random random{7};
  std::array<bool, 10> seen{};
  for (int i = 0; i < 1000; ++i) seen.at(random.below(seen.size())) = true;
  CHECK(std::all_of(seen.begin(), seen.end(), [](bool each) { return each; }));
  CHECK(Random{1}.next() != Random{2}.next());
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 32U;
  for (int i = 0; i < 1000; ++i) REQUIRE(random.below(kLargest) < kLargest);
}
