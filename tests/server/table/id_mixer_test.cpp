#include "table/id_mixer.hpp"

#include <bit>
#include <random>
#include <set>

#include "support/catch.hpp"

using lastbeat::IdMixer;
using lastbeat::UserId;

TEST_CASE("mixing is undone by unmixing, for the ids at every edge and random ones") {
  const IdMixer random_key;
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  std::vector<std::uint64_t> ids{0, 1, 0xFFFFFFFF, 0x100000000, ~std::uint64_t{0}, ~std::uint64_t{0} - 1};
  for (int i = 0; i < 100'000; ++i) ids.push_back(random());
  for (const std::uint64_t id : ids) {
    if (random_key.unmix(random_key.mix(UserId{id})) != UserId{id}) FAIL("id " << id);
  }
}

TEST_CASE("different keys mix differently, and the same seed mixes the same") {
  CHECK(IdMixer{}.mix(UserId{42}) != IdMixer{}.mix(UserId{42}));
  CHECK(IdMixer::from_seed(7).mix(UserId{42}) == IdMixer::from_seed(7).mix(UserId{42}));
  CHECK(IdMixer::from_seed(7).mix(UserId{42}) != IdMixer::from_seed(8).mix(UserId{42}));
}

TEST_CASE("ids that share most of their bits spread over all stripes") {
  struct Row {
    std::uint64_t first, step;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({{0, 1, "counters"},
                                         {1ULL << 22U, 1ULL << 22U, "snowflakes: the low bits are zero"},
                                         {0, 1ULL << 44U, "only high bits differ"}}));
  INFO(row.why);
  const IdMixer mixer = IdMixer::from_seed(1);
  constexpr std::size_t kStripes = 256;
  constexpr std::size_t kIds = kStripes * 256;
  std::vector<std::size_t> users(kStripes);
  for (std::size_t i = 0; i < kIds; ++i) ++users[mixer.mix(UserId{row.first + i * row.step}) >> 56U];
  // 256 on average, 16 standard deviation: a factor of two either way is far outside chance.
  CHECK(*std::min_element(users.begin(), users.end()) > 128);
  CHECK(*std::max_element(users.begin(), users.end()) < 512);
}

TEST_CASE("one changed bit of an id changes about half of the bits") {
  const IdMixer mixer = IdMixer::from_seed(3);
  for (unsigned bit = 0; bit < 64; ++bit) {
    int changed = 0;
    constexpr int kIds = 64;
    for (std::uint64_t id = 0; id < kIds; ++id) {
      changed += std::popcount(mixer.mix(UserId{id * 0x9E3779B97F4A7C15ULL}) ^
                               mixer.mix(UserId{id * 0x9E3779B97F4A7C15ULL ^ (1ULL << bit)}));
    }
    CAPTURE(bit);
    CHECK(changed / kIds > 16);
    CHECK(changed / kIds < 48);
  }
}
