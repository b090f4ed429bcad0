#include "store/backlog.hpp"

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

constexpr Rules kRules{.ttl = 30, .retain = 30};
constexpr UserId kUser{7};

Command heartbeat(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kHeartbeat};
}
Command leave(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kLeave};
}

}  // namespace

TEST_CASE("a backlog keeps one stamp a user, the one that counts") {
  Backlog backlog{kRules, 10};
  CHECK(backlog.held(kUser).stamp.is_none());
  CHECK(backlog.keep(heartbeat(kUser), 100) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(kUser, 90), 101) == Outcome::kDone);
  CHECK(backlog.held(kUser).stamp == Stamp::heartbeat(100));
  CHECK(backlog.keep(leave(kUser), 101) == Outcome::kDone);
  CHECK(backlog.held(kUser).stamp == Stamp::leave(101));
  CHECK(backlog.size() == 1);
}

TEST_CASE("what came within a second keeps its order in a backlog") {
  Backlog backlog{kRules, 10};
  CHECK(backlog.keep(leave(kUser), 100) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(kUser), 100) == Outcome::kDone);
  CHECK(backlog.held(kUser).stamp == Stamp::heartbeat(101));
  CHECK(backlog.keep(leave(kUser), 100) == Outcome::kDone);
  CHECK(backlog.held(kUser).stamp == Stamp::leave(101));
}

TEST_CASE("a backlog knows whether what counts came with an age") {
  Backlog backlog{kRules, 10};
  CHECK(backlog.keep(leave(kUser, 90), 100) == Outcome::kDone);
  CHECK(backlog.held(kUser).came_with_age);
  CHECK(backlog.keep(leave(kUser), 100) == Outcome::kDone);
  CHECK_FALSE(backlog.held(kUser).came_with_age);
  CHECK(backlog.keep(heartbeat(kUser, 95), 100) == Outcome::kDone);
  CHECK_FALSE(backlog.held(kUser).came_with_age);
}

TEST_CASE("what is taken out of a backlog says when it happened, and is there no more") {
  Backlog backlog{kRules, 10};
  CHECK(backlog.keep(heartbeat(kUser), 100) == Outcome::kDone);
  CHECK(backlog.keep(leave(UserId{8}), 100) == Outcome::kDone);
  CHECK_FALSE(backlog.take(UserId{9}).has_value());
  const auto kept = backlog.take(kUser);
  REQUIRE(kept.has_value());
  CHECK(kept->user == kUser);
  CHECK(kept->second == 100);
  CHECK(kept->millisecond == 999);
  CHECK(kept->kind == CommandKind::kHeartbeat);
  const auto other = backlog.take_any();
  REQUIRE(other.has_value());
  CHECK(other->user == UserId{8});
  CHECK(other->kind == CommandKind::kLeave);
  CHECK_FALSE(backlog.take_any().has_value());
}

TEST_CASE("a full backlog refuses new users only, and makes room by giving up what is too old to count") {
  Backlog backlog{kRules, 2};
  CHECK(backlog.keep(heartbeat(UserId{1}), 100) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{2}), 110) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{3}), 130) == Outcome::kUnavailable);
  CHECK(backlog.keep(heartbeat(UserId{2}), 131) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{3}), 131) == Outcome::kDone);
  CHECK(backlog.dropped() == 1);
  CHECK(backlog.held(UserId{1}).stamp.is_none());
  CHECK(backlog.held(UserId{2}).stamp == Stamp::heartbeat(131));
}

TEST_CASE("what is too old to count is not kept at all") {
  Backlog backlog{kRules, 10};
  CHECK(backlog.keep(heartbeat(kUser, 69), 100) == Outcome::kTooOld);
  CHECK(backlog.size() == 0);
  CHECK(backlog.keep(heartbeat(kUser, 70), 100) == Outcome::kDone);
}

TEST_CASE("parts of a backlog are emptied one by one, and share its bound") {
  Backlog backlog{kRules, 3};
  CHECK(backlog.keep(heartbeat(UserId{1}), 100, 1) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{2}), 100, 2) == Outcome::kDone);
  CHECK(backlog.keep(leave(UserId{3}), 100, 2) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{4}), 100, 3) == Outcome::kUnavailable);
  CHECK(backlog.size() == 3);
  CHECK(backlog.held(UserId{2}, 2).stamp == Stamp::heartbeat(100));
  CHECK(backlog.held(UserId{2}, 1).stamp.is_none());
  CHECK(backlog.any_part([](Backlog::Part part) { return part != 2; }) == Backlog::Part{1});
  CHECK(backlog.take_any(1)->user == UserId{1});
  CHECK_FALSE(backlog.any_part([](Backlog::Part part) { return part != 2; }));
  CHECK_FALSE(backlog.take_any(1));
  CHECK(backlog.take(UserId{3}, 2)->kind == CommandKind::kLeave);
  // Those that are too old make room, whatever part they are in.
  CHECK(backlog.keep(heartbeat(UserId{5}), 131, 5) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{6}), 131, 6) == Outcome::kDone);
  CHECK(backlog.keep(heartbeat(UserId{7}), 131, 7) == Outcome::kDone);
  CHECK(backlog.size() == 3);
  CHECK(backlog.dropped() == 1);
}
