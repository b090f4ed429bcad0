#include "store/coalescer.hpp"

#include <cstdint>
#include <map>
#include <random>

#include "support/catch.hpp"

namespace lastbeat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr UserId kUser{7};
constexpr milliseconds kStart{100'000};
constexpr std::size_t kAll = 1000;
constexpr Command kBeat{.user = kUser, .kind = CommandKind::kHeartbeat};
constexpr Command kLeave{.user = kUser, .kind = CommandKind::kLeave};

Coalescer make(milliseconds window = milliseconds{1000}, std::size_t most_users = 100) {
  return Coalescer{{.rules = {.ttl = 10, .retain = 10}, .window = window, .most_users = most_users}};
}

// The one user who is sent, if there is any.
std::optional<Coalescer::Parcel> sent(Coalescer& coalescer, milliseconds after) {
  auto parcels = coalescer.take_due(kStart + after, kAll);
  REQUIRE(parcels.size() <= 1);
  if (parcels.empty()) return std::nullopt;
  REQUIRE(parcels.front().users == std::vector{kUser});
  return parcels.front();
}

void take(Coalescer& coalescer, const Command& command, milliseconds after) {
  REQUIRE(coalescer.take(command, kStart + after) == Outcome::kDone);
}

TEST_CASE(
    "a silent user's heartbeat goes at once, and of those in the window the latest goes at its end, with its age") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  CHECK(coalescer.is_urgent());
  CHECK_FALSE(sent(coalescer, milliseconds{0}).value().age.has_value());
  coalescer.confirm(kUser);

  take(coalescer, kBeat, milliseconds{200});
  take(coalescer, kBeat, milliseconds{750});
  CHECK_FALSE(coalescer.is_urgent());
  CHECK_FALSE(sent(coalescer, milliseconds{999}));
  CHECK(coalescer.figures().waiting == 1);
  CHECK(coalescer.figures().coalesced == 1);
  CHECK(coalescer.held(kUser) == Stamp::heartbeat(100));
  CHECK(sent(coalescer, milliseconds{1000}).value().age == milliseconds{200});
  CHECK(coalescer.figures().waiting == 0);
  CHECK(coalescer.held(kUser) == Stamp::heartbeat(100));
  coalescer.confirm(kUser);
  CHECK(coalescer.held(kUser).is_none());
}

TEST_CASE("who has been silent for a window is forgotten, and goes at once again") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  CHECK(sent(coalescer, milliseconds{0}));
  coalescer.confirm(kUser);
  CHECK_FALSE(sent(coalescer, milliseconds{1000}));
  CHECK(coalescer.size() == 0);
  take(coalescer, kBeat, milliseconds{1500});
  CHECK_FALSE(sent(coalescer, milliseconds{1500}).value().age.has_value());
}

TEST_CASE("a leave goes at once in place of what is held, and so does the heartbeat after it") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  CHECK(sent(coalescer, milliseconds{0}));
  take(coalescer, kBeat, milliseconds{300});
  take(coalescer, kLeave, milliseconds{800});
  const auto leave = sent(coalescer, milliseconds{800}).value();
  CHECK(leave.kind == CommandKind::kLeave);
  CHECK_FALSE(leave.age.has_value());
  CHECK(coalescer.held(kUser) == Stamp::leave(100));

  take(coalescer, kBeat, milliseconds{900});
  CHECK(coalescer.held(kUser) == Stamp::heartbeat(101));
  const auto beat = sent(coalescer, milliseconds{900}).value();
  CHECK(beat.kind == CommandKind::kHeartbeat);
  CHECK_FALSE(beat.age.has_value());
  CHECK_FALSE(sent(coalescer, milliseconds{1000}));
}

TEST_CASE("a leave and a heartbeat that nobody has fetched yet are one command: the later") {
  Coalescer coalescer = make();
  take(coalescer, kLeave, milliseconds{0});
  take(coalescer, kBeat, milliseconds{0});
  CHECK(sent(coalescer, milliseconds{0}).value().kind == CommandKind::kHeartbeat);
  take(coalescer, kLeave, milliseconds{1});
  take(coalescer, kBeat, milliseconds{2});
  take(coalescer, kLeave, milliseconds{3});
  CHECK(sent(coalescer, milliseconds{3}).value().kind == CommandKind::kLeave);
}

TEST_CASE("older news than what is known changes nothing, and a leave of the same second wins") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{500});
  CHECK(sent(coalescer, milliseconds{500}));
  take(coalescer, {.user = kUser, .second = 99, .kind = CommandKind::kLeave}, milliseconds{600});
  take(coalescer, {.user = kUser, .second = 99, .kind = CommandKind::kHeartbeat}, milliseconds{600});
  CHECK_FALSE(sent(coalescer, milliseconds{700}));
  take(coalescer, {.user = kUser, .second = 100, .millisecond = 999, .kind = CommandKind::kLeave}, milliseconds{1700});
  const auto leave = sent(coalescer, milliseconds{1700}).value();
  CHECK(leave.kind == CommandKind::kLeave);
  CHECK(leave.age == milliseconds{700});
  take(coalescer, {.user = kUser, .second = 100, .kind = CommandKind::kHeartbeat}, milliseconds{1800});
  CHECK_FALSE(coalescer.is_urgent());
  CHECK(coalescer.take({.user = kUser, .second = 80, .kind = CommandKind::kHeartbeat}, kStart) == Outcome::kTooOld);
}

TEST_CASE("what the store could not be told waits for the next window, until it is a ttl old") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  auto parcel = sent(coalescer, milliseconds{0}).value();
  for (int i = 1; i <= 10; ++i) {
    coalescer.fail(kUser, parcel.stamps.front());
    CHECK(coalescer.held(kUser) == Stamp::heartbeat(100));
    parcel = sent(coalescer, seconds{i}).value();
    CHECK(parcel.age == seconds{i});
  }
  coalescer.fail(kUser, parcel.stamps.front());
  CHECK_FALSE(sent(coalescer, seconds{11}));
  CHECK(coalescer.figures().dropped == 1);
  CHECK(coalescer.figures().waiting == 0);
  CHECK(coalescer.size() == 0);
}

TEST_CASE("a failure says nothing about what has been taken since") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  const auto beat = sent(coalescer, milliseconds{0}).value();
  take(coalescer, kLeave, milliseconds{10});
  const auto leave = sent(coalescer, milliseconds{10}).value();
  coalescer.fail(kUser, beat.stamps.front());
  coalescer.confirm(kUser);
  CHECK(leave.stamps.front() == Stamp::leave(100));
  CHECK_FALSE(sent(coalescer, seconds{1}));
}

TEST_CASE("as many users as may be are held, and others are refused and counted") {
  Coalescer coalescer = make(milliseconds{1000}, 2);
  for (std::uint64_t id = 1; id <= 2; ++id) {
    CHECK(coalescer.take({.user = UserId{id}, .kind = CommandKind::kHeartbeat}, kStart) == Outcome::kDone);
  }
  CHECK(coalescer.take(kBeat, kStart) == Outcome::kRefused);
  CHECK(coalescer.take({.user = UserId{1}, .kind = CommandKind::kHeartbeat}, kStart) == Outcome::kDone);
  CHECK(coalescer.figures().overflows == 1);
}

TEST_CASE("before the end everybody who waits is sent") {
  Coalescer coalescer = make();
  take(coalescer, kBeat, milliseconds{0});
  CHECK(sent(coalescer, milliseconds{0}));
  CHECK(coalescer.take_all(kStart).empty());
  take(coalescer, kBeat, milliseconds{100});
  CHECK(coalescer.take_all(kStart + milliseconds{100}).size() == 1);
}

// Two stores get the same random commands, one through a coalescer whose parcels may fail. What the coalescer holds and
// its store knows is together what the other store knows, at every moment.
TEST_CASE("held back is not lost: with what is held the store always knows the same as without") {
  const auto seed = GENERATE(range(1U, 21U));
  INFO("seed " << seed);
  std::mt19937 random{seed};
  constexpr Rules kRules{.ttl = 10, .retain = 10};
  Coalescer coalescer{{.rules = kRules, .window = milliseconds{700}, .most_users = 8}};
  std::map<UserId, Stamp> direct;
  std::map<UserId, Stamp> store;
  std::size_t taken = 0;
  std::size_t told = 0;
  milliseconds now = kStart;
  for (int step = 0; step < 3000; ++step) {
    now += milliseconds{random() % 40};
    const auto second = static_cast<Second>(now / seconds{1});
    const Command command{.user = UserId{random() % 8},
                          .kind = random() % 10 == 0 ? CommandKind::kLeave : CommandKind::kHeartbeat};
    REQUIRE(coalescer.take(command, now) == Outcome::kDone);
    ++taken;
    direct[command.user] = apply(command, direct[command.user], second, {.now = second}, kRules).stamp;
    for (const auto& parcel : coalescer.take_due(now, kAll)) {
      const bool is_lost = random() % 4 == 0;
      for (std::size_t i = 0; i < parcel.users.size(); ++i) {
        ++told;
        if (is_lost) {
          coalescer.fail(parcel.users[i], parcel.stamps[i]);
        } else {
          store[parcel.users[i]] = std::max(store[parcel.users[i]], parcel.stamps[i]);
          coalescer.confirm(parcel.users[i]);
        }
      }
    }
    for (const auto& [user, stamp] : direct) {
      const Stamp known = std::max(store[user], coalescer.held(user));
      REQUIRE(known.word() == stamp.word());
    }
  }
  CHECK(told < taken);
}

}  // namespace
}  // namespace lastbeat
