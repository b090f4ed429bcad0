#include "partition/node_lists.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using Time = NodeLists::Time;

namespace {

constexpr Time kStart{1000h};
constexpr auto kTtl = 30s;

NodeLists lists_of(const std::vector<Node>& nodes, Replicas replicas = Replicas::kTwo) {
  auto lists = NodeLists::make(nodes, replicas);
  REQUIRE(lists);
  return std::move(lists).value();
}

std::vector<std::string> names(const NodeLists& lists, const NodeLists::Homes& homes) {
  std::vector<std::string> names;
  for (const std::uint32_t node : homes) names.push_back(lists.name_of(node));
  return names;
}

std::set<std::string> everybody_asked(const NodeLists& lists) {
  std::set<std::string> all;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    for (auto& name : names(lists, lists.asked_about(UserId{i}))) all.insert(std::move(name));
  }
  return all;
}

}  // namespace

TEST_CASE("lists: a user is told to as many nodes as there are replicas, or nodes") {
  const std::vector<Node> two{{"a", 1}, {"b", 1}};
  CHECK(lists_of(two).told_of(UserId{1}).size() == 2);
  CHECK(lists_of(two).copies() == 2);
  CHECK(lists_of(two, Replicas::kOne).told_of(UserId{1}).size() == 1);
  CHECK(lists_of(two, Replicas::kOne).copies() == 1);
  CHECK(lists_of({{"a", 1}}).told_of(UserId{1}).size() == 1);
  CHECK(lists_of({{"a", 1}}).copies() == 1);
}

TEST_CASE("lists: whoever is asked about is asked of today's nodes first, then of those of before, for one ttl") {
  auto lists = lists_of({{"a", 1}, {"b", 1}, {"c", 1}});
  const auto before = lists;
  CHECK(lists.change(std::vector<Node>{{"d", 1}, {"b", 1}, {"c", 1}}, kStart, kTtl));
  for (std::uint64_t i = 0; i < 1000; ++i) {
    auto expected = names(lists, lists.told_of(UserId{i}));
    for (auto& name : names(before, before.told_of(UserId{i}))) {
      if (std::find(expected.begin(), expected.end(), name) == expected.end()) expected.push_back(std::move(name));
    }
    REQUIRE(names(lists, lists.asked_about(UserId{i})) == expected);
  }
  lists.forget(kStart + kTtl);
  CHECK(lists.has_earlier());
  CHECK(everybody_asked(lists).contains("a"));
  lists.forget(kStart + kTtl + 1ms);
  CHECK_FALSE(lists.has_earlier());
  CHECK(everybody_asked(lists) == std::set<std::string>{"b", "c", "d"});
}

TEST_CASE("lists: a node keeps its number while a list has it, and then its number is free") {
  auto lists = lists_of({{"a", 1}, {"b", 1}});
  CHECK(lists.change(std::vector<Node>{{"c", 1}, {"b", 5}}, kStart, kTtl));
  REQUIRE(lists.numbers() == 3);
  CHECK(lists.name_of(0) == "a");
  CHECK(lists.name_of(1) == "b");
  CHECK(lists.name_of(2) == "c");
  lists.forget(kStart + 31s);
  CHECK(lists.name_of(0).empty());
  CHECK(lists.change(std::vector<Node>{{"d", 1}, {"c", 1}, {"b", 5}}, kStart + 32s, kTtl));
  CHECK(lists.numbers() == 3);
  CHECK(lists.name_of(0) == "d");
}

TEST_CASE("lists: the same nodes in another order are no change") {
  auto lists = lists_of({{"a", 1}, {"b", 2}});
  CHECK(lists.change(std::vector<Node>{{"b", 2}, {"a", 1}}, kStart, kTtl));
  CHECK_FALSE(lists.has_earlier());
}

TEST_CASE("lists: more changes within a ttl than can be followed are refused, as are lists that cannot be") {
  auto lists = lists_of({{"a", 1}});
  for (const char* const name : {"b", "c", "d"}) CHECK(lists.change(std::vector<Node>{{name, 1}}, kStart, kTtl));
  CHECK(everybody_asked(lists) == std::set<std::string>{"a", "b", "c", "d"});
  const auto refused = lists.change(std::vector<Node>{{"e", 1}}, kStart + 30s, kTtl);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kBusy);
  CHECK(names(lists, lists.told_of(UserId{1})) == std::vector<std::string>{"d"});
  CHECK(lists.change(std::vector<Node>{{"e", 1}}, kStart + 31s, kTtl));
  const auto impossible = lists.change({}, kStart + 31s, kTtl);
  REQUIRE_FALSE(impossible);
  CHECK(impossible.error().kind == ErrorKind::kInvalidArgument);
  CHECK(names(lists, lists.told_of(UserId{1})) == std::vector<std::string>{"e"});
}
