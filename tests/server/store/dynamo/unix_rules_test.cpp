#include "dynamo/unix_rules.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::dynamo;
using namespace std::chrono_literals;

namespace {

constexpr Rules kRules{.ttl = 30, .retain = 60};
constexpr UnixTime kUnix = 1'700'000'000'500ms;
constexpr Now kNow{.unix_time = kUnix, .server_time = 1'000'700ms};

std::optional<UnixStamp> stamp(CommandKind kind, Second second, std::uint16_t millisecond = 0, UnixStamp held = {}) {
  return stamp_of({.user = UserId{42}, .second = second, .millisecond = millisecond, .kind = kind}, held, kNow, kRules);
}

}  // namespace

TEST_CASE("a stamp is when something happened, by Unix time") {
  CHECK(stamp(CommandKind::kHeartbeat, Command::kOnArrival) == UnixStamp::heartbeat(kUnix));
  CHECK(stamp(CommandKind::kLeave, Command::kOnArrival) == UnixStamp::leave(kUnix));
  CHECK(stamp(CommandKind::kHeartbeat, 990, 700) == UnixStamp::heartbeat(kUnix - 10s));
  CHECK(stamp(CommandKind::kHeartbeat, 1001, 0) == UnixStamp::heartbeat(kUnix));  // never ahead of now
  CHECK(stamp(CommandKind::kHeartbeat, 970, 700) == UnixStamp::heartbeat(kUnix - 30s));
  CHECK(stamp(CommandKind::kHeartbeat, 969, 0) == std::nullopt);
  CHECK(UnixStamp::leave(kUnix) > UnixStamp::heartbeat(kUnix));
}

TEST_CASE("what comes within a millisecond keeps its order, and time does not run ahead") {
  const auto left = UnixStamp::leave(kUnix);
  const auto back = stamp(CommandKind::kHeartbeat, Command::kOnArrival, 0, left);
  CHECK(back == UnixStamp::heartbeat(kUnix + 1ms));
  const auto left_again = stamp(CommandKind::kLeave, Command::kOnArrival, 0, *back);
  CHECK(left_again == UnixStamp::leave(kUnix + 1ms));
  CHECK(stamp(CommandKind::kHeartbeat, Command::kOnArrival, 0, *left_again) == UnixStamp::heartbeat(kUnix + 1ms));
}

TEST_CASE("a user is online until the second after the last is a ttl old, and forgotten after the time to retain") {
  const auto at = [](UnixStamp stamp, UnixTime now, bool in_doubt = false) {
    return answer_of(stamp, now, kRules, in_doubt);
  };
  const auto beat = UnixStamp::heartbeat(kUnix);
  CHECK(at(beat, kUnix).presence == Presence::kOnline);
  CHECK(at(beat, kUnix + 30'499ms).presence == Presence::kOnline);
  CHECK(at(beat, kUnix + 30'499ms).age_s == 30);
  CHECK(at(beat, kUnix + 30'500ms).presence == Presence::kOffline);
  CHECK(at(beat, kUnix + 30'500ms, true).presence == Presence::kUnknown);
  CHECK(at(beat, kUnix - 5s).age_s == 0);  // of a clock that is ahead
  CHECK(at(beat, kUnix + 60s).age_s == 60);
  CHECK(at(beat, kUnix + 61s).age_s == Answer::kNoAge);  // DynamoDB has it still
  CHECK(at(UnixStamp::leave(kUnix), kUnix + 5s).presence == Presence::kLeft);
  CHECK(at(UnixStamp::leave(kUnix), kUnix + 5s, true).presence == Presence::kUnknown);
  CHECK(at({}, kUnix).presence == Presence::kOffline);
  CHECK(at({}, kUnix, true).presence == Presence::kUnknown);
}

TEST_CASE("an item expires when nothing is to be said about its user any more") {
  CHECK(expiry_of(UnixStamp::heartbeat(kUnix), kRules) == 1'700'000'061);
}
