#include "partition/rendezvous.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <sstream>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

constexpr std::size_t kUsers = 1'000'000;

std::vector<Node> nodes_of(std::initializer_list<std::uint32_t> weights) {
  std::vector<Node> nodes;
  for (const std::uint32_t weight : weights) nodes.push_back({"node-" + std::to_string(nodes.size()), weight});
  return nodes;
}

Rendezvous made_of(const std::vector<Node>& nodes) {
  auto made = Rendezvous::make(nodes);
  REQUIRE(made);
  return std::move(made).value();
}

struct Ids {
  const char* kind;
  std::function<UserId(std::uint64_t i)> id;
};

// What products number their users by: counters; milliseconds above a worker and a sequence; random numbers.
Ids any_ids() {
  std::mt19937_64 random{1};  // NOLINT(cert-msc51-cpp): the same in every run
  return GENERATE_COPY(
      Ids{"sequential", [](std::uint64_t i) { return UserId{i}; }},
      Ids{"snowflake",
          [](std::uint64_t i) { return UserId{(1'288'834'974'657 + i / 3) << 22U | i % 7 << 12U | i % 3}; }},
      Ids{"random", [random](std::uint64_t /*i*/) mutable { return UserId{random()}; }});
}

// Of the shares that their weights ask for; 1.01 is one percent too many.
std::vector<double> fill_of(const std::vector<Node>& nodes, const std::vector<std::size_t>& users) {
  const double weights =
      std::accumulate(nodes.begin(), nodes.end(), 0.0, [](double sum, const Node& node) { return sum + node.weight; });
  std::vector<double> fill;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    fill.push_back(static_cast<double>(users[i]) / (static_cast<double>(kUsers) * nodes[i].weight / weights));
  }
  return fill;
}

// "a" or "a:3", separated by spaces.
std::vector<Node> parse_nodes(const std::string& text) {
  std::vector<Node> nodes;
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    const auto colon = word.find(':');
    const auto weight = colon == std::string::npos ? 1UL : std::stoul(word.substr(colon + 1));
    nodes.push_back({word.substr(0, colon), static_cast<std::uint32_t>(weight)});
  }
  return nodes;
}

}  // namespace

TEST_CASE("rendezvous: the table of docs/partitioning.md holds, in whatever order the nodes are given") {
  std::ifstream page{LASTBEAT_SOURCE_DIR "/docs/partitioning.md"};
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    // | `nodes` | user | best | second |
    if (!line.starts_with("| `")) continue;
    std::array<std::string, 4> cells;
    std::istringstream row{line.substr(1)};
    for (std::string& cell : cells) std::getline(row, cell, '|');
    INFO(line);
    auto nodes = parse_nodes(cells[0].substr(2, cells[0].size() - 4));
    const UserId user{std::stoull(cells[1])};
    const std::string best = cells[2].substr(1, cells[2].size() - 2);
    const std::string second = cells[3].substr(1, cells[3].size() - 2);
    for (std::size_t turn = 0; turn < nodes.size(); ++turn) {
      std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
      const Rendezvous rendezvous = made_of(nodes);
      CHECK(nodes[rendezvous.best(user)].name == best);
      CHECK(nodes[rendezvous.best_two(user).first].name == best);
      CHECK(nodes[rendezvous.best_two(user).second].name == second);
    }
    ++rows;
  }
  CHECK(rows >= 20);
}

TEST_CASE("rendezvous: the fullest of ten nodes has at most one percent more than its share, also of second copies") {
  const Ids ids = any_ids();
  const auto nodes = GENERATE(nodes_of({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), nodes_of({2, 3, 2, 3, 2, 3, 2, 3, 2, 3}),
                              nodes_of({16, 17, 18, 19, 20, 20, 21, 22, 23, 24}));
  const Rendezvous rendezvous = made_of(nodes);
  std::vector<std::size_t> firsts(nodes.size());
  std::vector<std::size_t> copies(nodes.size());
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    const auto two = rendezvous.best_two(ids.id(i));
    ++firsts[two.first];
    ++copies[two.first];
    ++copies[two.second];
  }
  INFO(ids.kind);
  CHECK(std::ranges::max(fill_of(nodes, firsts)) < 1.01);
  if (nodes.front().weight == 1) CHECK(std::ranges::max(fill_of(nodes, copies)) < 2 * 1.01);
}

TEST_CASE("rendezvous: very unequal weights are kept to what chance allows") {
  const auto nodes = nodes_of({1, 4'000'000'000, 1'000'000'000, 100'000'000, 10'000'000});
  const Rendezvous rendezvous = made_of(nodes);
  std::vector<std::size_t> users(nodes.size());
  for (std::uint64_t i = 0; i < kUsers; ++i) ++users[rendezvous.best(UserId{i})];
  const auto fill = fill_of(nodes, users);
  CHECK(users[0] <= 1);
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    INFO(i << ": " << users[i]);
    CHECK(std::abs(fill[i] - 1) * std::sqrt(static_cast<double>(users[i])) < 4);  // standard deviations
  }
}

TEST_CASE("rendezvous: an eleventh node takes an eleventh of the users, and nobody else moves") {
  const Ids ids = any_ids();
  auto nodes = nodes_of({1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  const Rendezvous before = made_of(nodes);
  nodes.insert(nodes.begin() + 4, {"one more", 1});
  const Rendezvous after = made_of(nodes);
  std::size_t moved = 0;
  std::size_t moved_elsewhere = 0;
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    const UserId user = ids.id(i);
    const auto was = before.best(user);
    const auto is = after.best(user);
    if (is == was + (was >= 4 ? 1 : 0)) continue;
    ++moved;
    if (is != 4) ++moved_elsewhere;
  }
  INFO(ids.kind);
  CHECK(std::abs(static_cast<double>(moved) * 11 / kUsers - 1) < 0.01);
  CHECK(moved_elsewhere == 0);
}

TEST_CASE("rendezvous: a node that gets heavier takes users, one that gets lighter gives some, and nobody else moves") {
  const auto nodes = nodes_of({1, 2, 3, 4, 5});
  const auto changed = GENERATE(nodes_of({1, 2, 6, 4, 5}), nodes_of({1, 2, 4, 4, 5}), nodes_of({1, 2, 1, 4, 5}));
  const Rendezvous before = made_of(nodes);
  const Rendezvous after = made_of(changed);
  const bool is_heavier = changed[2].weight > nodes[2].weight;
  std::size_t moved = 0;
  std::size_t moved_elsewhere = 0;
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    const auto was = before.best(UserId{i});
    const auto is = after.best(UserId{i});
    moved += is != was ? 1 : 0;
    if (is != was && (is_heavier ? is : was) != 2) ++moved_elsewhere;
  }
  const double share = 3.0 / 15;
  const double share_after = changed[2].weight / (12.0 + changed[2].weight);
  CHECK(std::abs(static_cast<double>(moved) / kUsers - std::abs(share_after - share)) < 0.002);
  CHECK(moved_elsewhere == 0);
}

TEST_CASE("rendezvous: one change of the list leaves everybody at least one of their two nodes") {
  const auto nodes = nodes_of({1, 2, 3, 1, 2});
  auto more = nodes;
  more.push_back({"one more", 3});
  auto fewer = nodes;
  fewer.pop_back();
  auto heavier = nodes;
  heavier[0].weight = 7;
  for (const auto& changed : {more, fewer, heavier}) {
    const Rendezvous before = made_of(nodes);
    const Rendezvous after = made_of(changed);
    std::size_t lost_both = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      const auto was = before.best_two(UserId{i});
      const auto is = after.best_two(UserId{i});
      const bool has_one = was.first == is.first || was.first == is.second || was.second == is.first ||
                           was.second == is.second;  // indices agree: nodes come and go at the end
      lost_both += has_one ? 0 : 1;
    }
    CHECK(lost_both == 0);
  }
}

TEST_CASE("rendezvous: who loses their best node belongs to what was the second") {
  const auto nodes = nodes_of({3, 1, 2, 1, 5, 5});
  const Rendezvous all = made_of(nodes);
  for (std::uint32_t gone = 0; gone < nodes.size(); ++gone) {
    auto rest = nodes;
    rest.erase(rest.begin() + gone);
    const Rendezvous without = made_of(rest);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      const auto two = all.best_two(UserId{i});
      REQUIRE(rest[without.best(UserId{i})].name == nodes[two.first == gone ? two.second : two.first].name);
    }
  }
}

TEST_CASE("rendezvous: a list that cannot be meant is refused, and says why") {
  struct Row {
    std::vector<Node> nodes;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "there must be 1 to 1024 nodes, not 0"},
      {std::vector<Node>(1025, Node{"a", 1}), "there must be 1 to 1024 nodes, not 1025"},
      {{{"a", 1}, {"", 1}}, "a node needs a name"},
      {{{"a", 1}, {"b", 0}}, "node 'b': its weight must be 1 or more"},
      {{{"a", 1}, {"b", 1}, {"a", 2}}, "nodes 'a' and 'a' are the same"},
  }));
  const auto made = Rendezvous::make(row.nodes);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::kInvalidArgument);
  CHECK(made.error().message == row.message);
}

TEST_CASE("rendezvous: of one node, it is both") {
  const Rendezvous one = made_of({{"alone", 9}});
  CHECK(one.best(UserId{7}) == 0);
  CHECK(one.best_two(UserId{7}).first == 0);
  CHECK(one.best_two(UserId{7}).second == 0);
}
