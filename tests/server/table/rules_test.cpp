#include "table/rules.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;

namespace {

constexpr Rules kRules{.ttl = 30, .retain = 30};
constexpr UserId kUser{42};

Command heartbeat(Second second = Command::kOnArrival) {
  return {.user = kUser, .second = second, .kind = CommandKind::kHeartbeat};
}
Command leave(Second second = Command::kOnArrival) {
  return {.user = kUser, .second = second, .kind = CommandKind::kLeave};
}

// One command at a second; a command with an age names the second it happened in.
struct Step {
  Second now;
  Command command;
};

Stamp after(const std::vector<Step>& steps) {
  Stamp stamp;
  for (const Step& step : steps) stamp = apply(step.command, stamp, step.now, {.now = step.now}, kRules).stamp;
  return stamp;
}

}  // namespace

TEST_CASE("a user is online until the last heartbeat is older than the ttl") {
  struct Row {
    Second beat_at, asked_at;
    Presence presence;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {100, 100, Presence::kOnline, "same second"},
      {100, 130, Presence::kOnline, "exactly one ttl old"},
      {100, 131, Presence::kOffline, "one second too old"},
      {101, 100, Presence::kOnline, "a stamp newer than now has age 0, it must not wrap"},
  }));
  INFO(row.why);
  const auto told = answer(Stamp::heartbeat(row.beat_at), row.asked_at, {.now = row.asked_at}, kRules);
  CHECK(told.presence == row.presence);
}

TEST_CASE("the answer gives the age of what is held, and none when nothing is") {
  CHECK(answer(Stamp::heartbeat(100), 0, {.now = 103}, kRules).age_s == 3);
  CHECK(answer(Stamp::leave(100), 0, {.now = 105}, kRules).age_s == 5);
  CHECK(answer(Stamp::heartbeat(101), 0, {.now = 100}, kRules).age_s == 0);
  CHECK(answer(Stamp{}, 0, {.now = 100}, kRules).age_s == Answer::kNoAge);
}

TEST_CASE("whoever left is offline at once and the answer says why") {
  CHECK(answer(Stamp::leave(100), 100, {.now = 100}, kRules).presence == Presence::kLeft);
  CHECK(answer(Stamp{}, 100, {.now = 100}, kRules).presence == Presence::kOffline);
}

TEST_CASE("in doubt, not online means unknown, except for whoever left") {
  constexpr Moment kDoubt{.now = 200, .doubt_until = 200};
  CHECK(answer(Stamp::heartbeat(190), 0, kDoubt, kRules).presence == Presence::kOnline);
  CHECK(answer(Stamp::heartbeat(100), 0, kDoubt, kRules).presence == Presence::kUnknown);
  CHECK(answer(Stamp{}, 0, kDoubt, kRules).presence == Presence::kUnknown);
  CHECK(answer(Stamp::leave(100), 0, kDoubt, kRules).presence == Presence::kLeft);
  constexpr Moment kOver{.now = 201, .doubt_until = 200};
  CHECK(answer(Stamp{}, 0, kOver, kRules).presence == Presence::kOffline);
}

TEST_CASE("a command that is older than the ttl changes nothing") {
  struct Row {
    Second second;
    bool too_old;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {100, false, "now"},
      {70, false, "exactly one ttl old"},
      {69, true, "one second too old"},
      {1, true, "from before the server started"},
  }));
  INFO(row.why);
  const auto command = GENERATE_COPY(heartbeat(row.second), leave(row.second));
  const Write write = apply(command, Stamp{}, 100, {.now = 100}, kRules);
  CHECK(write.too_old == row.too_old);
  CHECK(write.stamp.is_none() == row.too_old);
  if (row.too_old) {
    CHECK_FALSE(write.flipped);
    CHECK_FALSE(write.timed_out);
  }
}

TEST_CASE("too old is judged by the last pass when that is ahead of the time that was read") {
  // n - ttl is 101 by the pass at 131, and 100 by a reading of 130.
  CHECK(apply(heartbeat(100), Stamp{}, 131, {.now = 130}, kRules).too_old);
  CHECK_FALSE(apply(heartbeat(101), Stamp{}, 131, {.now = 130}, kRules).too_old);
}

TEST_CASE("within a second, commands without an age count in the order they came") {
  struct Row {
    std::vector<Step> steps;
    Stamp stamp;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {{{100, heartbeat()}}, Stamp::heartbeat(100), "a heartbeat"},
      {{{100, heartbeat()}, {100, leave()}}, Stamp::leave(100), "then a leave"},
      {{{100, leave()}, {101, heartbeat()}}, Stamp::heartbeat(101), "back in the next second"},
      {{{100, leave()}, {100, heartbeat()}}, Stamp::heartbeat(101), "back in the same second: borrows the next"},
      {{{100, leave()}, {100, heartbeat()}, {100, leave()}}, Stamp::leave(101), "the leave covers what was borrowed"},
      {{{100, leave()}, {100, heartbeat()}, {100, heartbeat()}}, Stamp::heartbeat(101), "no second borrowing"},
      {{{100, leave()}, {100, heartbeat()}, {100, leave()}, {100, heartbeat()}},
       Stamp::leave(101),
       "never more than one second ahead: ignored"},
      {{{100, leave()}, {100, heartbeat()}, {100, leave()}, {100, heartbeat()}, {101, heartbeat()}},
       Stamp::heartbeat(102),
       "and back in the next second"},
      {{{100, leave()}, {100, heartbeat()}, {101, leave()}}, Stamp::leave(101), "a leave in the borrowed second"},
      {{{100, leave()}, {100, heartbeat()}, {101, heartbeat()}}, Stamp::heartbeat(101), "a heartbeat in it"},
  }));
  INFO(row.why);
  CHECK(after(row.steps) == row.stamp);
}

TEST_CASE("commands with an age are plain maxima, and a tie goes to the leave") {
  struct Row {
    std::vector<Step> steps;
    Stamp stamp;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {{{100, leave(90)}, {100, heartbeat(90)}}, Stamp::leave(90), "heartbeat after leave"},
      {{{100, heartbeat(90)}, {100, leave(90)}}, Stamp::leave(90), "leave after heartbeat"},
      {{{100, heartbeat(95)}, {100, leave(90)}}, Stamp::heartbeat(95), "an older leave"},
      {{{100, leave(95)}, {100, heartbeat(90)}}, Stamp::leave(95), "an older heartbeat"},
      {{{100, leave(100)}, {100, heartbeat(100)}}, Stamp::leave(100), "age 0 borrows nothing"},
      {{{100, leave()}, {100, heartbeat(100)}}, Stamp::leave(100), "not even after a leave on arrival"},
      {{{100, leave(90)}, {100, heartbeat()}}, Stamp::heartbeat(100), "on arrival after an older leave"},
  }));
  INFO(row.why);
  CHECK(after(row.steps) == row.stamp);
}

TEST_CASE("commands with an age may be reordered and repeated") {
  const std::vector<Step> commands{{100, heartbeat(80)}, {100, leave(85)}, {100, heartbeat(85)}, {100, heartbeat(84)}};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    std::vector<Step> steps;
    for (const std::size_t i : order) steps.insert(steps.end(), 2, commands[i]);
    CHECK(after(steps) == Stamp::leave(85));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a write announces exactly the changes that nobody has been told") {
  struct Row {
    Command command;
    Stamp old;
    Second announced, now;
    bool timed_out, flipped;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {heartbeat(), Stamp{}, 100, 100, false, true, "new user: online"},
      {heartbeat(), Stamp::heartbeat(90), 95, 100, false, false, "still online"},
      {leave(), Stamp::heartbeat(90), 95, 100, false, true, "left"},
      {leave(), Stamp{}, 100, 100, false, false, "leave of a stranger"},
      {leave(), Stamp::leave(90), 95, 100, false, false, "left twice"},
      {leave(), Stamp::heartbeat(60), 95, 100, false, false, "leave of somebody announced offline"},
      {heartbeat(), Stamp::leave(90), 95, 100, false, true, "back after a leave"},
      {heartbeat(), Stamp::heartbeat(60), 85, 100, true, true, "timed out and returned between two passes"},
      {leave(), Stamp::heartbeat(60), 85, 100, true, false, "timed out and left between two passes"},
      {heartbeat(), Stamp::heartbeat(60), 95, 100, false, true, "announced offline by a pass, back"},
      {heartbeat(72), Stamp{}, 100, 100, false, true, "new user by an old heartbeat"},
      {heartbeat(), Stamp::heartbeat(100), 131, 130, false, true, "the pass at 131 came before a reading of 130"},
      {leave(), Stamp::heartbeat(100), 131, 130, false, false, "and had announced the timeout"},
  }));
  INFO(row.why);
  const Write write = apply(row.command, row.old, row.announced, {.now = row.now}, kRules);
  CHECK(write.timed_out == row.timed_out);
  CHECK(write.flipped == row.flipped);
}

TEST_CASE("in doubt no timeout is announced, but a leave and a new heartbeat are") {
  constexpr Moment kDoubt{.now = 200, .doubt_until = 205};
  // Announced online at 110, silent since: in doubt that says nothing.
  const Write back = apply(heartbeat(), Stamp::heartbeat(100), 110, kDoubt, kRules);
  CHECK_FALSE(back.timed_out);
  CHECK_FALSE(back.flipped);
  const Write left = apply(leave(), Stamp::heartbeat(100), 110, kDoubt, kRules);
  CHECK_FALSE(left.timed_out);
  CHECK(left.flipped);
  CHECK(apply(heartbeat(), Stamp{}, 110, kDoubt, kRules).flipped);
}

TEST_CASE("a read agrees with a pass that was ahead of the time it read") {
  CHECK(answer(Stamp::heartbeat(100), 131, {.now = 130}, kRules).presence == Presence::kOffline);
}

TEST_CASE("a stamp may be forgotten once it is older than retain, not before") {
  constexpr Rules kLongRetain{.ttl = 30, .retain = 90};
  CHECK_FALSE(is_forgettable(Stamp::heartbeat(100), 190, kLongRetain));
  CHECK(is_forgettable(Stamp::heartbeat(100), 191, kLongRetain));
  CHECK_FALSE(is_forgettable(Stamp::leave(100), 190, kLongRetain));
  CHECK(is_forgettable(Stamp::leave(100), 191, kLongRetain));
  CHECK_FALSE(is_forgettable(Stamp::heartbeat(201), 200, kLongRetain));
}

TEST_CASE("a timeout happens in the first second that is too late") {
  CHECK(timeout_second(Stamp::heartbeat(100), kRules) == 131);
}
