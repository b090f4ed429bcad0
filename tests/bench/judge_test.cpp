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
  CHECK(possible(leave_lost, 50s, 50s, Presence::kLeft));
  CHECK_FALSE(possible(leave_lost, 50s, 50s, Presence::kOnline));
}

namespace {

// An exact server of one user, with seconds that begin anywhere, and with faults to be found.
struct SimulatedServer {
  Nanoseconds phase{0};
  std::int64_t ttl_s = kTtl.count();
  std::int64_t retain_s = kTtl.count();
  bool ignores_leaves = false;
  bool ignores_heartbeats_after_leaves = false;
  bool calls_left_offline = false;
  unsigned loses_heartbeats_one_in = 0;
  unsigned forgets_one_in = 0;
  std::int64_t wrong_age_s = 0;

  bool known = false;
  std::int64_t second = 0;
  bool left = false;

  [[nodiscard]] std::int64_t second_of(Nanoseconds t) const {
    return std::chrono::floor<std::chrono::seconds>(t + phase).count();
  }
  // docs/architecture.md, the rules.
  void execute(const SentCommand& command, Nanoseconds now, std::mt19937_64& random) {
    const bool is_leave = command.kind == Kind::kLeave;
    if (is_leave && ignores_leaves) return;
    if (!is_leave && loses_heartbeats_one_in != 0 && random() % loses_heartbeats_one_in == 0) return;
    if (!is_leave && known && left && ignores_heartbeats_after_leaves && second_of(now) <= second) return;
    forget(now, random);
    std::int64_t when = second_of(now);
    if (command.age) {
      const auto whole_ms = std::chrono::floor<std::chrono::milliseconds>(now + phase);
      when = std::chrono::floor<std::chrono::seconds>(whole_ms - *command.age).count();
      if (when < second_of(now) - ttl_s) return;
    } else if (known && second >= when) {
      if (is_leave) when = second;
      if (!is_leave && left) when = std::min(second + 1, when + 1);
    }
    if (known && (when < second || (when == second && left && !is_leave))) return;
    known = true;
    second = when;
    left = is_leave;
  }
  [[nodiscard]] ReceivedStatus ask(Nanoseconds now, std::mt19937_64& random) {
    forget(now, random);
    ReceivedStatus status;
    if (!known) return status;
    const std::int64_t age = std::max<std::int64_t>(0, second_of(now) - second);
    if (left) {
      status.presence = calls_left_offline ? Presence::kOffline : Presence::kLeft;
    } else if (age <= ttl_s) {
      status.presence = Presence::kOnline;
    }
    status.age = std::chrono::seconds{age + wrong_age_s};
    return status;
  }
  // The pass comes when it comes.
  void forget(Nanoseconds now, std::mt19937_64& random) {
    if (known && second_of(now) - second > retain_s && random() % 2 == 0) known = false;
    if (forgets_one_in != 0 && random() % forgets_one_in == 0) known = false;
  }
};

// What happened at the server, and when the checker learnt of it.
struct Event {
  Nanoseconds executed{0};
  bool is_status = false;
  std::size_t number = 0;  // of the command or status
};

// A conversation about one user: commands in order, some in flight together, some lost; questions at any time.
struct Conversation {
  std::vector<SentCommand> commands;
  std::vector<bool> is_lost;
  std::vector<ReceivedStatus> statuses;
  std::vector<Event> events;  // by the time of execution
};

Conversation converse(std::mt19937_64& random, int commands, bool loses) {
  const auto up_to = [&](Nanoseconds most) {
    return Nanoseconds{static_cast<Nanoseconds::rep>(random() % static_cast<std::uint64_t>(most.count()))};
  };
  // A server that is stopped takes seconds.
  const auto delay = [&] { return random() % 20 == 0 ? up_to(4s) : up_to(30ms); };
  Conversation conversation;
  Nanoseconds executed = 100s;
  Nanoseconds acked = 100s;
  Nanoseconds last_leave{0};
  for (int i = 0; i < commands; ++i) {
    SentCommand command;
    const bool is_pipelined = i > 0 && random() % 8 == 0 && !conversation.is_lost.back();
    const Nanoseconds pause = 200ms + (random() % 4 == 0 ? up_to(8s) : up_to(2s));
    command.send = is_pipelined ? conversation.commands.back().send : acked + pause;
    if (random() % 4 == 0 && command.send - last_leave > 3s) {
      command.kind = Kind::kLeave;
    } else if (random() % 4 == 0) {
      command.age = std::chrono::duration_cast<std::chrono::milliseconds>(up_to(kTtl / 2));
    }
    executed = std::max(executed, command.send) + (is_pipelined ? 0ns : delay());
    acked = std::max(acked, executed) + delay();
    command.ack = acked;
    if (is_pipelined) conversation.commands.back().ack = acked;
    if (command.kind == Kind::kLeave) last_leave = acked;
    const bool is_lost = loses && !is_pipelined && random() % 10 == 0;
    if (!is_lost) {
      conversation.events.push_back({executed, false, conversation.commands.size()});
    } else if (random() % 2 == 0) {
      conversation.events.push_back({command.send + up_to(20s), false, conversation.commands.size()});
    }
    conversation.commands.push_back(command);
    conversation.is_lost.push_back(is_lost);
  }
  for (int i = 0; i < commands; ++i) {
    ReceivedStatus status;
    status.send = 100s + up_to(acked - 100s);
    const Nanoseconds middle = status.send + delay();
    status.reply = middle + delay();
    status.has_age = random() % 2 == 0;
    conversation.events.push_back({middle, true, conversation.statuses.size()});
    conversation.statuses.push_back(status);
  }
  std::stable_sort(conversation.events.begin(), conversation.events.end(),
                   [](const Event& a, const Event& b) { return a.executed < b.executed; });
  return conversation;
}

// What the checker knows at `now`.
History history_at(const Conversation& conversation, Nanoseconds now) {
  History history;
  for (std::size_t i = 0; i < conversation.commands.size(); ++i) {
    SentCommand command = conversation.commands[i];
    const Nanoseconds ack = command.ack;
    if (command.send > now) break;
    command.ack = kNotYet;
    history.sent(command);
    const bool is_next_in_flight =
        i + 1 < conversation.commands.size() && conversation.commands[i + 1].send == command.send;
    if (ack > now || is_next_in_flight) continue;
    if (conversation.is_lost[i]) {
      history.lost();
    } else {
      history.acked(ack);
    }
  }
  return history;
}

// The judge knows intervals only, the server the moments within them.
std::size_t count_wrong(SimulatedServer server, std::uint64_t seed, int commands, bool loses) {
  std::mt19937_64 random{seed};
  Conversation conversation = converse(random, commands, loses);
  server.phase = Nanoseconds{static_cast<Nanoseconds::rep>(random() % 1'000'000'000U)};
  if (random() % 2 == 0) server.retain_s *= 3;
  std::size_t wrong = 0;
  for (const Event& event : conversation.events) {
    if (!event.is_status) {
      server.execute(conversation.commands[event.number], event.executed, random);
      continue;
    }
    const ReceivedStatus& sent = conversation.statuses[event.number];
    ReceivedStatus status = server.ask(event.executed, random);
    status.send = sent.send;
    status.reply = sent.reply;
    status.has_age = sent.has_age;
    const History history = history_at(conversation, status.reply + (random() % 2 == 0 ? 0ms : 50ms));
    if (!is_possible(history, status, kTtl)) ++wrong;
  }
  return wrong;
}

}  // namespace

TEST_CASE("an exact server is never called wrong") {
  for (std::uint64_t seed = Catch::rngSeed(); seed < Catch::rngSeed() + 2000; ++seed) {
    if (count_wrong({}, seed, 100, false) != 0) FAIL("seed " << seed);
  }
}

TEST_CASE("an exact server is never called wrong when commands are lost") {
  for (std::uint64_t seed = Catch::rngSeed(); seed < Catch::rngSeed() + 2000; ++seed) {
    if (count_wrong({}, seed, 100, true) != 0) FAIL("seed " << seed);
  }
}

TEST_CASE("a server with a fault is found out") {
  struct Row {
    SimulatedServer server;
    const char* why;
  };
  std::vector<Row> rows;
  const auto add = [&](const char* why) -> SimulatedServer& { return rows.emplace_back(Row{{}, why}).server; };
  add("ttl two seconds too long").ttl_s += 2;
  add("ttl a second too long").ttl_s += 1;
  add("ttl a second too short").ttl_s -= 1;
  add("forgets a second early").retain_s = kTtl.count() - 1;
  add("ignores leaves").ignores_leaves = true;
  add("ignores heartbeats in the second of a leave").ignores_heartbeats_after_leaves = true;
  add("tells that who left is offline").calls_left_offline = true;
  add("loses one heartbeat in a hundred").loses_heartbeats_one_in = 100;
  add("forgets somebody now and then").forgets_one_in = 200;
  add("ages two seconds too old").wrong_age_s = 2;
  add("ages two seconds too young").wrong_age_s = -2;
  for (const Row& row : rows) {
    INFO(row.why);
    std::size_t wrong = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed)
      wrong += count_wrong(row.server, Catch::rngSeed() + seed, 100, false);
    CHECK(wrong > 0);
  }
}
