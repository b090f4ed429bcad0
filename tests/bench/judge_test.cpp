#include "bench/judge.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;
using Kind = SentCommand::Kind;

namespace {

constexpr std::chrono::seconds kTtl{5};

History after(std::initializer_list<SentCommand> commands) {
  History history;
  for (const SentCommand& command : commands) history.sent(command);
  return history;
}

SentCommand heartbeat(Nanoseconds send, Nanoseconds ack, std::optional<std::chrono::milliseconds> age = {}) {
  return {.kind = Kind::kHeartbeat, .send = send, .ack = ack, .age = age};
}
SentCommand leave(Nanoseconds send, Nanoseconds ack) {
  return {.kind = Kind::kLeave, .send = send, .ack = ack, .age = {}};
}

bool possible(const History& history, Nanoseconds send, Nanoseconds reply, Presence presence) {
  return is_possible(history, {.send = send, .reply = reply, .presence = presence, .has_age = false, .age = {}}, kTtl);
}

bool possible_with_age(const History& history, Nanoseconds at, Presence presence,
                       std::optional<std::chrono::seconds> age) {
  return is_possible(history, {.send = at, .reply = at, .presence = presence, .has_age = true, .age = age}, kTtl);
}

}  // namespace

TEST_CASE("answers about a heartbeat are judged by how old it can be") {
  const History history = after({heartbeat(10'000ms, 10'010ms)});
  struct Row {
    Nanoseconds send, reply;
    bool online, offline;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {10'020ms, 10'020ms, true, false, "at once"},
      {15'000ms, 15'000ms, true, false, "one ttl after it was sent"},
      {15'001ms, 15'001ms, true, true, "more than a ttl: the seconds may have turned"},
      {16'009ms, 16'009ms, true, true, "just less than a ttl and a second after the ack"},
      {16'010ms, 16'010ms, false, true, "a ttl and a second"},
      {14'000ms, 17'000ms, true, true, "asked before and answered after"},
      {9'000ms, 9'500ms, false, true, "before it was sent"},
      {9'000ms, 10'005ms, true, true, "answered while it was under way"},
      {10'005ms, 10'006ms, true, true, "asked while it was under way"},
  }));
  INFO(row.why);
  CHECK(possible(history, row.send, row.reply, Presence::kOnline) == row.online);
  CHECK(possible(history, row.send, row.reply, Presence::kOffline) == row.offline);
  CHECK_FALSE(possible(history, row.send, row.reply, Presence::kLeft));
  CHECK(possible(history, row.send, row.reply, Presence::kUnknown));
}

TEST_CASE("what is passed on may count as newer, but neither as older nor as not yet there") {
  SentCommand command = heartbeat(10s, 10'010ms);
  command.delay = 100ms;
  const History history = after({command});
  CHECK(possible(history, 16'109ms, 16'109ms, Presence::kOnline));
  CHECK_FALSE(possible(history, 16'110ms, 16'110ms, Presence::kOnline));
  CHECK_FALSE(possible(history, 10'020ms, 10'020ms, Presence::kOffline));
  CHECK_FALSE(possible(history, 15'000ms, 15'000ms, Presence::kOffline));
}

TEST_CASE("whoever was never sent must be offline and not be held") {
  CHECK(possible({}, 1s, 2s, Presence::kOffline));
  CHECK_FALSE(possible({}, 1s, 2s, Presence::kOnline));
  CHECK_FALSE(possible({}, 1s, 2s, Presence::kLeft));
  CHECK(possible_with_age({}, 1s, Presence::kOffline, std::nullopt));
  CHECK_FALSE(possible_with_age({}, 1s, Presence::kOffline, 0s));
}

TEST_CASE("a heartbeat without an ack may or may not have counted") {
  const History history = after({heartbeat(10s, kNotYet)});
  CHECK(possible(history, 12s, 12s, Presence::kOnline));
  CHECK(possible(history, 12s, 12s, Presence::kOffline));
}

TEST_CASE("after a leave the user is left until the next heartbeat, at once") {
  const History left = after({heartbeat(9s, 9010ms), leave(10s, 10'010ms)});
  CHECK(possible(left, 10'020ms, 10'030ms, Presence::kLeft));
  CHECK_FALSE(possible(left, 10'020ms, 10'030ms, Presence::kOnline));
  CHECK_FALSE(possible(left, 10'020ms, 10'030ms, Presence::kOffline));
  CHECK(possible(left, 15'020ms, 15'020ms, Presence::kOffline));  // it may have been forgotten
  CHECK(possible(left, 15'020ms, 15'020ms, Presence::kLeft));     // or not

  const History back = after({leave(10s, 10'010ms), heartbeat(10'020ms, 10'030ms)});
  CHECK(possible(back, 10'040ms, 10'040ms, Presence::kOnline));
  CHECK_FALSE(possible(back, 10'040ms, 10'040ms, Presence::kLeft));
  CHECK(possible(back, 16'500ms, 16'500ms, Presence::kOnline));  // it may count as a second newer
  CHECK_FALSE(possible(back, 17'500ms, 17'500ms, Presence::kOnline));
}

TEST_CASE("who leaves, returns and leaves again within a second may not be able to return before the next") {
  const auto twice = {leave(10s, 10s), heartbeat(10'100ms, 10'100ms), leave(10'200ms, 10'200ms)};
  CHECK(possible(after(twice), 10'300ms, 10'300ms, Presence::kLeft));
  CHECK_FALSE(possible(after(twice), 10'300ms, 10'300ms, Presence::kOnline));
  History soon = after(twice);
  soon.sent(heartbeat(10'400ms, 10'400ms));
  CHECK(possible(soon, 10'500ms, 10'500ms, Presence::kOnline));
  CHECK(possible(soon, 10'500ms, 10'500ms, Presence::kLeft));
  CHECK_FALSE(possible(soon, 10'500ms, 10'500ms, Presence::kOffline));
  History later = after(twice);
  later.sent(heartbeat(11'200ms, 11'200ms));
  CHECK(possible(later, 11'300ms, 11'300ms, Presence::kOnline));
  CHECK_FALSE(possible(later, 11'300ms, 11'300ms, Presence::kLeft));

  // The borrowed second of the last leave is borrowed from once more.
  History next_second = after(twice);
  next_second.sent(heartbeat(11'800ms, 11'800ms));
  next_second.sent(leave(11'850ms, 11'850ms));
  next_second.sent(heartbeat(11'900ms, 11'900ms));
  CHECK(possible(next_second, 11'950ms, 11'950ms, Presence::kOnline));
  CHECK(possible(next_second, 11'950ms, 11'950ms, Presence::kLeft));
}

TEST_CASE("a heartbeat with an age counts from when it happened, and only a later second outweighs a leave") {
  const History aged = after({heartbeat(10s, 10'010ms, 2000ms)});
  CHECK(possible(aged, 12'900ms, 12'900ms, Presence::kOnline));
  CHECK_FALSE(possible(aged, 12'900ms, 12'900ms, Presence::kOffline));
  CHECK(possible(aged, 13'500ms, 13'500ms, Presence::kOffline));
  CHECK_FALSE(possible(aged, 14'100ms, 14'100ms, Presence::kOnline));

  const History older = after({leave(10s, 10'010ms), heartbeat(11s, 11'010ms, 2500ms)});
  CHECK(possible(older, 11'100ms, 11'100ms, Presence::kLeft));
  const History later = after({leave(10s, 10'010ms), heartbeat(14s, 14'010ms, 1000ms)});
  CHECK(possible(later, 14'100ms, 14'100ms, Presence::kOnline));
  CHECK_FALSE(possible(later, 14'100ms, 14'100ms, Presence::kLeft));
}

TEST_CASE("the age that is told must fit, a second either way") {
  const History history = after({heartbeat(10s, 10s)});
  CHECK(possible_with_age(history, 13'500ms, Presence::kOnline, 3s));
  CHECK(possible_with_age(history, 13'500ms, Presence::kOnline, 4s));
  CHECK_FALSE(possible_with_age(history, 13'500ms, Presence::kOnline, 2s));
  CHECK_FALSE(possible_with_age(history, 13'500ms, Presence::kOnline, 5s));
  CHECK_FALSE(possible_with_age(history, 13'500ms, Presence::kOnline, std::nullopt));
  CHECK(possible_with_age(history, 17'500ms, Presence::kOffline, 7s));
  CHECK(possible_with_age(history, 17'500ms, Presence::kOffline, std::nullopt));  // forgotten
}

TEST_CASE("several commands may be in flight, but not overtake each other") {
  History history = after({heartbeat(9s, 9010ms)});
  history.sent(leave(10s, kNotYet));
  history.sent(heartbeat(10s, kNotYet));
  CHECK(possible(history, 10'005ms, 10'005ms, Presence::kOnline));
  CHECK(possible(history, 10'005ms, 10'005ms, Presence::kLeft));
  CHECK_FALSE(possible(history, 10'005ms, 10'005ms, Presence::kOffline));
  history.acked(10'010ms);
  CHECK(history.commands()[1].ack == 10'010ms);
  CHECK(history.commands()[2].ack == 10'010ms);
  CHECK(possible(history, 10'020ms, 10'020ms, Presence::kOnline));
  CHECK_FALSE(possible(history, 10'020ms, 10'020ms, Presence::kLeft));
}

TEST_CASE("an answer is not judged when it could show a command that the history has dropped") {
  History history = after({leave(10s, 10'010ms)});
  for (Nanoseconds send = 11s; send < 26s; send += 2s) history.sent(heartbeat(send, send + 10ms));
  REQUIRE(history.commands().front().send == 11s);
  CHECK(possible(history, 12'100ms, 12'100ms, Presence::kLeft));  // the dropped leave, if 11 s fell into its second
  CHECK_FALSE(possible(history, 13'100ms, 13'100ms, Presence::kLeft));
  CHECK_FALSE(possible(history, 26s, 26s, Presence::kOffline));
}

TEST_CASE("a lost command may take effect at any time, or never, and nothing else is forgiven") {
  History heartbeat_lost = after({leave(9s, 9010ms), heartbeat(10s, kNotYet)});
  heartbeat_lost.lost();
  CHECK(possible(heartbeat_lost, 11s, 11s, Presence::kLeft));
  CHECK(possible(heartbeat_lost, 11s, 11s, Presence::kOnline));
  CHECK_FALSE(possible(heartbeat_lost, 11s, 11s, Presence::kOffline));
  CHECK(possible(heartbeat_lost, 100s, 100s, Presence::kOnline));
  CHECK(possible(heartbeat_lost, 100s, 100s, Presence::kOffline));

  heartbeat_lost.sent(heartbeat(100s, kNotYet));
  heartbeat_lost.acked(100'010ms);
  CHECK(possible(heartbeat_lost, 104s, 104s, Presence::kOnline));
  CHECK_FALSE(possible(heartbeat_lost, 104s, 104s, Presence::kOffline));
  CHECK_FALSE(possible(heartbeat_lost, 104s, 104s, Presence::kLeft));

  History leave_lost = after({heartbeat(9s, 9010ms), leave(10s, kNotYet)});
  leave_lost.lost();
  CHECK(possible(leave_lost, 11s, 11s, Presence::kOnline));
  CHECK(possible(leave_lost, 11s, 11s, Presence::kLeft));
  CHECK_FALSE(possible(leave_lost, 11s, 11s, Presence::kOffline));
  leave_lost.sent(heartbeat(12s, kNotYet));
  leave_lost.acked(12'010ms);
  CHECK(possible(leave_lost, 13s, 13s, Presence::kOnline));
  CHECK(possible(leave_lost, 13s, 13s, Presence::kLeft));
  CHECK_FALSE(possible(leave_lost, 13s, 13s, Presence::kOffline));
  CHECK(possible(leave_lost, 18'500ms, 18'500ms, Presence::kOnline));  // in the second of the leave: a second newer
  CHECK(possible(leave_lost, 50s, 50s, Presence::kLeft));
  CHECK_FALSE(possible(leave_lost, 50s, 50s, Presence::kOnline));
}

TEST_CASE("a command that was lost long ago does not excuse that a later one is forgotten") {
  History heartbeat_lost = after({heartbeat(1s, kNotYet)});
  heartbeat_lost.lost();
  heartbeat_lost.sent(leave(100s, 100s));
  CHECK(possible(heartbeat_lost, 101s, 101s, Presence::kOnline));
  CHECK_FALSE(possible(heartbeat_lost, 101s, 101s, Presence::kOffline));

  History leave_lost = after({leave(1s, kNotYet)});
  leave_lost.lost();
  leave_lost.sent(heartbeat(100s, 100s));
  CHECK(possible(leave_lost, 101s, 101s, Presence::kLeft));
  CHECK_FALSE(possible(leave_lost, 101s, 101s, Presence::kOffline));
}
