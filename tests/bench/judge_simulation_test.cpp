#include <algorithm>
#include <random>
#include <vector>

#include "bench/judge.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;
using Kind = SentCommand::Kind;

namespace {

constexpr std::chrono::seconds kTtl{5};

// An exact server of one user, with seconds that begin anywhere, and with faults to be found.
struct SimulatedServer {
  Nanoseconds phase{0};
  std::int64_t ttl_s = kTtl.count();
  std::int64_t retain_s = kTtl.count();
  bool ignores_leaves = false;
  bool ignores_heartbeats_after_leaves = false;
  bool calls_left_offline = false;
  bool leaves_ignore_borrowed_seconds = false;
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
      if (is_leave && !leaves_ignore_borrowed_seconds) when = second;
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
  for (int i = 0; i < commands; ++i) {
    SentCommand command;
    const bool is_pipelined = i > 0 && random() % 8 == 0 && !conversation.is_lost.back();
    const Nanoseconds pause = 200ms + (random() % 4 == 0 ? up_to(8s) : up_to(2s));
    command.send = is_pipelined ? conversation.commands.back().send : acked + pause;
    if (random() % 4 == 0) {
      command.kind = Kind::kLeave;
    } else if (random() % 4 == 0) {
      command.age = std::chrono::duration_cast<std::chrono::milliseconds>(up_to(Nanoseconds{kTtl} / 2));
    }
    executed = std::max(executed, command.send) + (is_pipelined ? 0ns : delay());
    acked = std::max(acked, executed) + delay();
    command.ack = acked;
    if (is_pipelined) conversation.commands.back().ack = acked;
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
  add("leaves do not cover a borrowed second").leaves_ignore_borrowed_seconds = true;
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
