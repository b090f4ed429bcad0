#include "dynamo/pending_writes.hpp"

#include "dynamo/pending_reads.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::dynamo;

namespace {

constexpr UserId kUser{42};
constexpr UserId kOther{43};

UserStamp beat(UserId user, int millisecond) {
  return {.user = user, .stamp = UnixStamp::heartbeat(UnixTime{millisecond})};
}

const auto kJob = std::make_shared<Job>();

}  // namespace

TEST_CASE("what comes about a user while a write is under way goes with the next one, and no two are under way") {
  PendingWrites writes{10};
  REQUIRE(writes.take(beat(kUser, 1), false, kJob));
  REQUIRE(writes.take(beat(kUser, 2), false, kJob));
  CHECK(writes.next() == beat(kUser, 2));
  REQUIRE(writes.take(beat(kUser, 3), false, kJob));
  REQUIRE(writes.take(beat(kUser, 4), false, kJob));
  CHECK(writes.next() == std::nullopt);
  CHECK(writes.held(kUser).stamp == beat(kUser, 4).stamp);
  CHECK(writes.written(kUser).size() == 2);
  CHECK(writes.next() == beat(kUser, 4));
  REQUIRE(writes.take(beat(kUser, 1), true, kJob));  // waits for the one that is newer and under way
  CHECK(writes.written(kUser).size() == 3);
  CHECK(writes.size() == 0);
  CHECK(writes.held(kUser).stamp.is_none());
}

TEST_CASE("a write that failed waits again, and nobody for it") {
  PendingWrites writes{10};
  REQUIRE(writes.take(beat(kUser, 1), false, kJob));
  CHECK(writes.next() == beat(kUser, 1));
  REQUIRE(writes.take(beat(kUser, 2), false, kJob));
  CHECK(writes.unwritten(kUser).size() == 2);
  CHECK(writes.next() == beat(kUser, 2));
  CHECK(writes.written(kUser).empty());
  CHECK(writes.size() == 0);
}

TEST_CASE("what somebody waits for goes first, but for each fourth write") {
  PendingWrites writes{100};
  for (std::uint64_t i = 0; i < 10; ++i) REQUIRE(writes.take(beat(UserId{i}, 1), false, nullptr));
  for (std::uint64_t i = 50; i < 60; ++i) REQUIRE(writes.take(beat(UserId{i}, 1), false, kJob));
  REQUIRE(writes.take(beat(UserId{9}, 2), false, kJob));  // now somebody waits for this one
  std::size_t kept = 0;
  for (int i = 0; i < 8; ++i) {
    if (writes.next()->user < UserId{50}) ++kept;
  }
  CHECK(kept == 2);
  std::size_t others = 0;
  while (writes.next()) ++others;
  CHECK(others == 12);
}

TEST_CASE("more users than may wait are refused, and those who wait are not") {
  PendingWrites writes{1};
  REQUIRE(writes.take(beat(kUser, 1), false, nullptr));
  CHECK_FALSE(writes.take(beat(kOther, 1), false, nullptr));
  CHECK(writes.take(beat(kUser, 2), false, nullptr));
  CHECK(writes.next() == beat(kUser, 2));
  CHECK(writes.drop(kUser).empty());
  CHECK(writes.take(beat(kOther, 1), false, nullptr));
}

TEST_CASE("whoever has waited for too long waits no more, and others do") {
  using namespace std::chrono_literals;
  const auto now = Job::Time{1h};
  const auto early = std::make_shared<Job>();
  const auto late = std::make_shared<Job>();
  early->began = now - 2s;
  late->began = now;
  PendingWrites writes{10};
  REQUIRE(writes.take(beat(kUser, 1), false, early));
  REQUIRE(writes.take(beat(kUser, 2), false, late));
  REQUIRE(writes.take(beat(kOther, 1), false, late));
  CHECK(writes.release(now - 3s).empty());
  CHECK(writes.release(now - 1s).size() == 2);
  CHECK(writes.release(now - 1s).empty());
  CHECK(writes.next() == beat(kOther, 1));
  CHECK(writes.next() == beat(kUser, 2));  // it is written all the same

  PendingReads reads{10};
  REQUIRE(reads.add(kUser, {.job = early}));
  REQUIRE(reads.add(kOther, {.job = late}));
  REQUIRE(reads.add(kUser, {.job = late}));
  CHECK(reads.late(now - 3s).empty());
  const auto given_up = reads.late(now - 1s);
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].user == kUser);
  CHECK(given_up[0].askers.size() == 2);
  CHECK(reads.next(10).size() == 1);
}

TEST_CASE("when the table goes away nobody waits for what is not under way") {
  PendingWrites writes{10};
  REQUIRE(writes.take(beat(kUser, 1), false, kJob));
  REQUIRE(writes.take(beat(kOther, 1), false, kJob));
  const auto first = writes.next();
  CHECK(writes.release().size() == 1);
  CHECK(writes.release().empty());
  CHECK(writes.unwritten(first->user).size() == 1);
  CHECK(writes.next());
  CHECK(writes.next());
  CHECK_FALSE(writes.next());
}
