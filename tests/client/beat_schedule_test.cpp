#include "beat_schedule.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using Batch = BeatSchedule::Batch;
using Time = BeatSchedule::Time;

namespace {

constexpr Time kStart{1000h};
constexpr auto kInterval = 10'000ms;
constexpr auto kTtl = 30'000ms;

BeatSchedule make_schedule(std::size_t most_users = 100'000) {
  return BeatSchedule{most_users, kInterval, kTtl, 7, kStart};
}

// Takes everything that is due until `until`, a millisecond a step, and calls told(batch, now) -> whether it was sent.
template <class Told>
void run(BeatSchedule& schedule, Time& now, Time until, Told told) {
  for (; now < until; now += 1ms) {
    while (auto batch = schedule.take(now)) {
      const bool is_done = told(*batch, now);
      schedule.finish(std::move(*batch), is_done, now);
    }
  }
}

}  // namespace

TEST_CASE("schedule: a new user is due at once, and then never later than the interval") {
  BeatSchedule schedule = make_schedule();
  std::map<UserId, Time> last;
  Time now = kStart;
  for (std::uint64_t i = 0; i < 500; ++i) CHECK(schedule.add(UserId{i}, now));
  BeatSchedule::Duration longest{0};
  std::size_t largest = 0;
  run(schedule, now, kStart + 60s, [&](const Batch& batch, Time at) {
    CHECK(batch.kind == Batch::Kind::kHeartbeat);
    if (at > kStart) largest = std::max(largest, batch.users.size());
    for (const UserId user : batch.users) {
      const auto [entry, is_new] = last.try_emplace(user, at);
      if (!is_new) longest = std::max(longest, std::chrono::duration_cast<BeatSchedule::Duration>(at - entry->second));
      entry->second = at;
    }
    return true;
  });
  CHECK(last.size() == 500);
  CHECK(longest <= kInterval);
  CHECK(largest < 40);  // 500 users in 64 slots: a stream, not a crowd
}

TEST_CASE("schedule: who is removed is told of no more, and as leaving if that is wanted") {
  BeatSchedule schedule = make_schedule();
  Time now = kStart;
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(schedule.add(UserId{i}, now));
  run(schedule, now, now + 1s, [](const Batch&, Time) { return true; });
  for (std::uint64_t i = 0; i < 50; ++i) schedule.remove(UserId{i}, i % 2 == 0, now);
  schedule.remove(UserId{12345}, true, now);  // nobody
  CHECK(schedule.size() == 50);
  std::set<UserId> left;
  std::set<UserId> alive;
  run(schedule, now, now + 20s, [&](const Batch& batch, Time) {
    auto& into = batch.kind == Batch::Kind::kLeave ? left : alive;
    into.insert(batch.users.begin(), batch.users.end());
    CHECK_FALSE(batch.age.has_value());
    return true;
  });
  CHECK(left.size() == 25);
  CHECK(alive.size() == 50);
  CHECK(std::all_of(alive.begin(), alive.end(), [](UserId user) { return user >= UserId{50}; }));
}

TEST_CASE("schedule: a batch that failed is due again soon, with the users of then") {
  BeatSchedule schedule = make_schedule();
  CHECK(schedule.add(UserId{1}, kStart));
  CHECK(schedule.add(UserId{2}, kStart));
  auto batch = schedule.take(kStart);
  REQUIRE(batch);
  CHECK(batch->users.size() == 2);
  schedule.finish(std::move(*batch), false, kStart);
  schedule.remove(UserId{1}, false, kStart);
  CHECK_FALSE(schedule.take(kStart).has_value());
  Time now = kStart;
  std::vector<UserId> told;
  run(schedule, now, kStart + kInterval / 10 + 1ms, [&](const Batch& again, Time) {
    if (told.empty()) told = again.users;
    return true;
  });
  CHECK(told == std::vector{UserId{2}});
}

TEST_CASE("schedule: a leave that failed carries its age, and is forgotten after the ttl") {
  BeatSchedule schedule = make_schedule(1);
  CHECK(schedule.add(UserId{1}, kStart));
  schedule.remove(UserId{1}, true, kStart);
  CHECK_FALSE(schedule.add(UserId{2}, kStart));  // who leaves still takes room
  Time now = kStart;
  int attempts = 0;
  run(schedule, now, kStart + 2 * kTtl, [&](const Batch& batch, Time at) {
    CHECK(batch.kind == Batch::Kind::kLeave);
    const auto age = at - kStart;
    CHECK((age < 1s ? !batch.age.has_value() : batch.age == std::chrono::duration_cast<BeatSchedule::Duration>(age)));
    CHECK(age < kTtl);
    ++attempts;
    return false;
  });
  CHECK(attempts > 20);
  CHECK(schedule.add(UserId{2}, now));
}

TEST_CASE("schedule: leaves that are a second apart and could not be sent are told of with an age each") {
  BeatSchedule schedule = make_schedule();
  Time now = kStart;
  CHECK(schedule.add(UserId{1}, now));
  CHECK(schedule.add(UserId{2}, now));
  run(schedule, now, kStart + 1s, [](const Batch&, Time) { return true; });
  schedule.remove(UserId{1}, true, now);
  schedule.remove(UserId{2}, true, now + 3s);
  std::map<UserId, BeatSchedule::Duration> ages;
  while (auto batch = schedule.take(now + 5s)) {
    REQUIRE(batch->kind == Batch::Kind::kLeave);
    for (const UserId user : batch->users) ages[user] = batch->age.value();
  }
  CHECK(ages == std::map<UserId, BeatSchedule::Duration>{{UserId{1}, 5s}, {UserId{2}, 2s}});
}

TEST_CASE("schedule: who comes back before the leave is sent has not left") {
  BeatSchedule schedule = make_schedule();
  CHECK(schedule.add(UserId{1}, kStart));
  schedule.remove(UserId{1}, true, kStart);
  CHECK(schedule.add(UserId{1}, kStart));
  Time now = kStart;
  run(schedule, now, kStart + 5s, [](const Batch& batch, Time) {
    CHECK(batch.kind == Batch::Kind::kHeartbeat);
    return true;
  });
}

TEST_CASE("schedule: few batches are out at once, and what may be held is bounded") {
  BeatSchedule schedule = make_schedule(1000);
  for (std::uint64_t i = 0; i < 1000; ++i) CHECK(schedule.add(UserId{i}, kStart));
  CHECK_FALSE(schedule.add(UserId{1000}, kStart));
  CHECK(schedule.add(UserId{5}, kStart));  // there already
  std::vector<Batch> out;
  while (auto batch = schedule.take(kStart + 1h)) out.push_back(std::move(*batch));
  CHECK(out.size() == BeatSchedule::kMostBatches);
  CHECK_FALSE(schedule.next_due().has_value());
  // Coming and going leaves no heap behind.
  for (int i = 0; i < 10'000; ++i) {
    schedule.remove(UserId{5}, false, kStart);
    CHECK(schedule.add(UserId{5}, kStart));
  }
  for (Batch& batch : out) schedule.finish(std::move(batch), true, kStart + 1h);
  const auto fresh = schedule.take(kStart + 1h);
  REQUIRE(fresh);
  CHECK(fresh->users.size() <= 2000);
}

TEST_CASE("schedule: after a pause phases are spread again, and nobody is told of twice in a row") {
  BeatSchedule schedule = make_schedule();
  Time now = kStart;
  for (std::uint64_t i = 0; i < 1000; ++i) CHECK(schedule.add(UserId{i}, now));
  run(schedule, now, now + 20s, [](const Batch&, Time) { return true; });
  now += 1h;
  std::size_t at_once = 0;
  run(schedule, now, now + 1ms, [&](const Batch& batch, Time) {
    at_once += batch.users.size();
    return true;
  });
  CHECK(at_once == 1000);
  std::size_t in_a_second = 0;
  run(schedule, now, now + 1s, [&](const Batch& batch, Time) {
    in_a_second += batch.users.size();
    return true;
  });
  CHECK(in_a_second < 400);
}

TEST_CASE("schedule: another advice of the server counts from the next batches on") {
  BeatSchedule schedule = make_schedule();
  CHECK(schedule.add(UserId{1}, kStart));
  schedule.set_times(1000ms, 3000ms);
  Time now = kStart;
  int told = 0;
  run(schedule, now, kStart + kInterval + 10s, [&](const Batch&, Time) {
    ++told;
    return true;
  });
  CHECK(told >= 10);
}
