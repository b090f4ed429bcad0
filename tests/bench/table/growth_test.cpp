#include "table_bench/growth.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "table_bench/claims.hpp"
#include "table_bench/user_ids.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

// Remembers who came.
class Guests final : public Subject {
 public:
  explicit Guests(std::size_t turned_away = 0) : turned_away_{turned_away} {}
  void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept override {
    const std::lock_guard lock{mutex_};
    sizes_are_equal = sizes_are_equal && commands.size() == answers.size() && commands.size() <= kBatch;
    for (const Command& command : commands) users.push_back(command.user);
  }
  [[nodiscard]] std::uint64_t entries() override { return users.size() - turned_away_; }

  std::vector<UserId> users;
  bool sizes_are_equal = true;

 private:
  std::size_t turned_away_;
  std::mutex mutex_;
};

}  // namespace

TEST_CASE("growth brings every user once, and samples all the way") {
  const auto users = GENERATE(as<std::uint64_t>{}, 1000, 1024, 10'001);
  const auto threads = GENERATE(as<std::uint32_t>{}, 1, 3);
  Guests guests;
  const Growth growth = grow(guests, users, threads, settled_resident_bytes());
  std::vector<UserId> expected;
  for (std::uint64_t i = 0; i < users; ++i) expected.push_back(nth_user(i));
  std::sort(expected.begin(), expected.end());
  std::sort(guests.users.begin(), guests.users.end());
  CHECK(guests.users == expected);
  CHECK(guests.sizes_are_equal);
  CHECK(growth.samples.size() == std::min<std::uint64_t>(20, (users + kBatch - 1) / kBatch));
  CHECK(growth.samples.back().users == users);
  CHECK(std::is_sorted(growth.samples.begin(), growth.samples.end(),
                       [](const GrowthSample& a, const GrowthSample& b) { return a.users <= b.users; }));
  CHECK(growth.call_ns.total() == (users + kBatch - 1) / kBatch);
  CHECK(growth.inserts_per_second() > 0);
}

TEST_CASE("growth is sampled whenever the number of users has doubled, from some hundred thousand on") {
  Guests guests;
  const Growth growth = grow(guests, 600'000, 1, settled_resident_bytes());
  for (const std::uint64_t users : {131'072U, 262'144U, 524'288U}) {
    CAPTURE(users);
    CHECK(std::any_of(growth.samples.begin(), growth.samples.end(),
                      [&](const GrowthSample& sample) { return sample.users == users; }));
  }
}

TEST_CASE("growth says so when not everybody found room") {
  Guests guests{1};
  CHECK_THROWS_WITH(grow(guests, 1000, 1, 0), Catch::Contains("999 of 1000 users"));
}

TEST_CASE("the highest sample counts from a number of users on") {
  Growth growth;
  growth.samples = {
      {.users = 10, .bytes_per_user = 90}, {.users = 20, .bytes_per_user = 12}, {.users = 30, .bytes_per_user = 11}};
  CHECK(growth.most_bytes_per_user_from(20) == 12.0);
  CHECK(growth.most_bytes_per_user_from(10) == 90.0);
  CHECK_FALSE(growth.most_bytes_per_user_from(31).has_value());
  CHECK(growth.bytes_per_user() == 11.0);
  CHECK(growth.peak_bytes() == 900.0);
}
