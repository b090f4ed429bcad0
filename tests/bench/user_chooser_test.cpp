#include "bench/user_chooser.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

constexpr std::uint64_t kMostUsers = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number(UserId id) { return static_cast<std::uint64_t>(id); }

}  // namespace

TEST_CASE("ids stay below the number of users, however many there are") {
  const auto users = GENERATE(values<std::uint64_t>({1, 2, 3, 1000, 1001, std::uint64_t{1} << 53U, kMostUsers}));
  const auto distribution = GENERATE(Distribution::kUniform, Distribution::kZipf);
  CAPTURE(users, distribution);
  const UserChooser chooser{users, distribution};
  UserChooser::Random random{1};
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(number(chooser.next(random)) < users);
    if (distribution == Distribution::kZipf) REQUIRE(chooser.next_rank(random) < users);
  }
}

TEST_CASE("zipf: the k-th most popular is chosen in proportion to 1 / k^0.99") {
  // Few users are summed up one by one, many by a formula: both must give the shares of the exact sum.
  const auto users = GENERATE(values<std::uint64_t>({2, 100, 100'000}));
  CAPTURE(users);
  double sum = 0;
  for (std::uint64_t k = 1; k <= users; ++k) sum += std::pow(static_cast<double>(k), -0.99);
  const UserChooser chooser{users, Distribution::kZipf};
  UserChooser::Random random{7};
  constexpr int kDraws = 200'000;
  std::vector<int> counts(users);
  for (int i = 0; i < kDraws; ++i) ++counts[chooser.next_rank(random)];
  // The two most popular are exact in the paper's generator, the others follow a smooth curve near the exact one.
  CHECK(counts[0] == Approx(kDraws / sum).epsilon(0.03));
  CHECK(counts[1] == Approx(kDraws / sum * std::pow(2, -0.99)).epsilon(0.03));
  if (users == 2) return;
  int first_ten = 0;
  double expected = 0;
  for (std::uint64_t k = 1; k <= 10; ++k) {
    first_ten += counts[k - 1];
    expected += kDraws / sum * std::pow(static_cast<double>(k), -0.99);
  }
  CHECK(first_ten == Approx(expected).epsilon(0.06));
}

TEST_CASE("zipf: with the most users there can be, popular ones are still popular, and rare ones reach far") {
  const UserChooser chooser{kMostUsers, Distribution::kZipf};
  UserChooser::Random random{3};
  int most_popular = 0;
  int rare = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t rank = chooser.next_rank(random);
    most_popular += rank == 0 ? 1 : 0;
    rare += rank > kMostUsers / 1000 ? 1 : 0;
  }
  // The sum is about 56.4: the integral of x^-0.99 from 1 to 2^64 is 55.8, and 0.58 comes on top.
  CHECK(most_popular == Approx(kDraws / 56.4).epsilon(0.1));
  CHECK(rare > kDraws / 20);
}

TEST_CASE("zipf: popular users are spread over the ids") {
  const UserChooser chooser{1000, Distribution::kZipf};
  UserChooser::Random random{1};
  std::vector<int> counts(1000);
  for (int i = 0; i < 100'000; ++i) ++counts[number(chooser.next(random))];
  std::set<std::size_t> popular;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    if (counts[id] > 1000) popular.insert(id);
  }
  REQUIRE(popular.size() > 5);
  CHECK(*popular.begin() < 300);
  CHECK(*popular.rbegin() > 700);
}
