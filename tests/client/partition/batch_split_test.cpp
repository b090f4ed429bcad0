#include "partition/batch_split.hpp"

#include <algorithm>
#include <random>

#include "support/allocations.hpp"
#include "support/catch.hpp"

using namespace lastbeat;

TEST_CASE("split: every user comes to their nodes once, in the order of the caller, and replies go back") {
  std::mt19937 random{3};  // NOLINT(cert-msc51-cpp): the same in every run
  BatchSplit split;
  for (int turn = 0; turn < 200; ++turn) {
    const std::size_t nodes = 1 + random() % 12;
    const std::size_t users = random() % 100;
    split.begin(nodes);
    std::vector<std::vector<std::uint32_t>> expected(nodes);  // places
    for (std::uint32_t place = 0; place < users; ++place) {
      const auto node = static_cast<std::uint32_t>(random() % nodes);
      split.add(place, UserId{place % 7}, node);
      expected[node].push_back(place);
    }
    std::vector<std::uint64_t> replies(users);
    std::size_t seen = 0;
    std::uint32_t next_node = 0;
    for (const auto& part : split.cut()) {
      REQUIRE(part.node >= next_node);
      next_node = part.node + 1;
      CHECK(std::equal(part.places.begin(), part.places.end(), expected[part.node].begin(), expected[part.node].end()));
      REQUIRE(part.users.size() == part.places.size());
      REQUIRE_FALSE(part.users.empty());
      seen += part.users.size();
      std::vector<std::uint64_t> answers;
      for (const UserId user : part.users) answers.push_back(1000 + static_cast<std::uint64_t>(user));
      put_back<std::uint64_t>(part, answers, replies);
    }
    CHECK(seen == users);
    for (std::size_t place = 0; place < users; ++place) REQUIRE(replies[place] == 1000 + place % 7);
  }
}

TEST_CASE("split: a batch like the last one allocates nothing") {
  BatchSplit split;
  const auto round = [&split] {
    split.begin(10);
    for (std::uint32_t place = 0; place < 1000; ++place) split.add(place, UserId{place}, place % 10);
    return split.cut().size();
  };
  CHECK(round() == 10);
  const auto before = test::allocations();
  const auto parts = round();
  CHECK(test::allocations() == before);
  CHECK(parts == 10);
}
