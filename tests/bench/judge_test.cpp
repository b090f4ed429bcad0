#include "bench/judge.hpp"

#include <algorithm>
#include <random>

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

TEST_CASE("about a user whose command was lost nothing can be said") {
  History history = after({heartbeat(10s, kNotYet)});
  history.lost();
  for (const Presence presence : {Presence::kOffline, Presence::kOnline, Presence::kLeft}) {
    CHECK(possible(history, 100s, 100s, presence));
  }
}

namespace {

// An exact server of one user, with a second that begins anywhere, and with faults to be found.
struct SimulatedServer {
  Nanoseconds phase{0};
  std::int64_t ttl_s = kTtl.count();
  bool ignores_leaves = false;
  int loses_heartbeats_one_in = 0;
  std::int64_t wrong_age_s = 0;

  bool known = false;
  std::int64_t second = 0;
  bool left = false;

  [[nodiscard]] std::int64_t second_of(Nanoseconds t) const {
    return std::chrono::floor<std::chrono::seconds>(t + phase).count();
  }
  void execute(const SentCommand& command, Nanoseconds now, std::mt19937_64& random) {
    const bool is_leave = command.kind == Kind::kLeave;
    if (is_leave && ignores_leaves) return;
    if (!is_leave && loses_heartbeats_one_in != 0 && random() % static_cast<unsigned>(loses_heartbeats_one_in) == 0)
      return;
    const auto whole_ms = std::chrono::floor<std::chrono::milliseconds>(now + phase);
    std::int64_t when = second_of(now);
    if (command.age) {
      when = std::chrono::floor<std::chrono::seconds>(whole_ms - *command.age).count();
    } else if (known && second >= when) {
      if (is_leave) when = second;
      if (!is_leave && left) when = std::min(second + 1, when + 1);
    }
    if (known && (when < second || (when == second && left && !is_leave))) return;
    known = true;
    second = when;
    left = is_leave;
  }
  [[nodiscard]] ReceivedStatus ask(Nanoseconds now) const {
    ReceivedStatus status;
    const std::int64_t age = std::max<std::int64_t>(0, second_of(now) - second);
    if (known && age <= ttl_s && !left) status.presence = Presence::kOnline;
    if (known && age <= ttl_s && left) status.presence = Presence::kLeft;
    if (known && age <= ttl_s) status.age = std::chrono::seconds{age + wrong_age_s};
    return status;
  }
};

// Commands and questions at random; the judge knows the intervals only, the server the moments within them.
std::size_t count_wrong(SimulatedServer server, std::uint64_t seed, int steps) {
  std::mt19937_64 random{seed};
  const auto up_to = [&](Nanoseconds most) {
    return Nanoseconds{static_cast<Nanoseconds::rep>(random() % static_cast<std::uint64_t>(most.count()))};
  };
  server.phase = up_to(1s);
  History history;
  Nanoseconds now = 100s;
  Nanoseconds last_leave{0};
  std::size_t wrong = 0;
  for (int i = 0; i < steps; ++i) {
    now += random() % 4 == 0 ? up_to(8s) : up_to(1s);
    const Nanoseconds send = now;
    const Nanoseconds middle = send + up_to(30ms);
    now = middle + up_to(30ms);
    if (random() % 2 == 0) {
      SentCommand command{.kind = Kind::kHeartbeat, .send = send, .ack = kNotYet, .age = {}};
      if (random() % 4 == 0 && send - last_leave > 3s) {
        command.kind = Kind::kLeave;
        last_leave = send;
      } else if (random() % 4 == 0) {
        command.age = std::chrono::duration_cast<std::chrono::milliseconds>(up_to(kTtl / 2));
      }
      history.sent(command);
      server.execute(command, middle, random);
      history.acked(now);
    } else {
      ReceivedStatus status = server.ask(middle);
      status.send = send;
      status.reply = now;
      status.has_age = random() % 2 == 0;
      if (!is_possible(history, status, kTtl)) ++wrong;
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("an exact server is never called wrong") {
  for (std::uint64_t seed = Catch::rngSeed(); seed < Catch::rngSeed() + 200; ++seed) {
    if (count_wrong({}, seed, 2000) != 0) FAIL("seed " << seed);
  }
}

TEST_CASE("a server with a fault is found out") {
  struct Row {
    SimulatedServer server;
    const char* why;
  };
  std::vector<Row> rows(6);
  rows[0].why = "ttl two seconds too long";
  rows[0].server.ttl_s = kTtl.count() + 2;
  rows[1].why = "ttl two seconds too short";
  rows[1].server.ttl_s = kTtl.count() - 2;
  rows[2].why = "ignores leaves";
  rows[2].server.ignores_leaves = true;
  rows[3].why = "loses one heartbeat in a hundred";
  rows[3].server.loses_heartbeats_one_in = 100;
  rows[4].why = "ages two seconds too old";
  rows[4].server.wrong_age_s = 2;
  rows[5].why = "ages two seconds too young";
  rows[5].server.wrong_age_s = -2;
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(count_wrong(row.server, Catch::rngSeed() + 1, 20'000) > 0);
  }
}
