#include "redis/script.hpp"

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

TEST_CASE("a call names keys first, then the rules, then what to do with which age") {
  const std::vector<Command> commands{
      {.user = UserId{1}, .kind = CommandKind::kHeartbeat},
      {.user = UserId{2}, .second = 98, .millisecond = 700, .kind = CommandKind::kLeave},
      {.user = UserId{3}, .second = 100, .millisecond = 999, .kind = CommandKind::kHeartbeat},
      {.user = UserId{4}, .kind = CommandKind::kStatus},
  };
  Buffer out;
  redis::append_call(out, "hash",
                     {.prefix = "p:", .ttl = "30", .retain = "60", .commands = commands, .now = 100'200ms});
  CHECK(protocol::as_text(out) ==
        "*13\r\n$7\r\nEVALSHA\r\n$4\r\nhash\r\n$1\r\n4\r\n"
        "$3\r\np:1\r\n$3\r\np:2\r\n$3\r\np:3\r\n$3\r\np:4\r\n$2\r\n30\r\n$2\r\n60\r\n"
        "$1\r\nH\r\n$5\r\nL1500\r\n$2\r\nH0\r\n$1\r\nS\r\n");
}

TEST_CASE("the script's numbers become answers by the rules") {
  constexpr Rules kRules{.ttl = 30, .retain = 60};
  struct Row {
    CommandKind kind;
    std::int64_t number;
    Presence presence;
    Presence in_doubt;
    Outcome outcome;
  };
  const auto row = GENERATE(values<Row>({
      {CommandKind::kStatus, 60, Presence::kOnline, Presence::kOnline, Outcome::kDone},
      {CommandKind::kStatus, 62, Presence::kOffline, Presence::kUnknown, Outcome::kDone},
      {CommandKind::kStatus, 63, Presence::kLeft, Presence::kLeft, Outcome::kDone},
      {CommandKind::kStatus, -1, Presence::kOffline, Presence::kUnknown, Outcome::kDone},
      {CommandKind::kStatus, -2, Presence::kUnknown, Presence::kUnknown, Outcome::kUnavailable},
      {CommandKind::kHeartbeat, 0, Presence::kOffline, Presence::kOffline, Outcome::kDone},
      {CommandKind::kHeartbeat, 1, Presence::kOffline, Presence::kOffline, Outcome::kTooOld},
      {CommandKind::kLeave, -2, Presence::kUnknown, Presence::kUnknown, Outcome::kUnavailable},
      {CommandKind::kHeartbeat, -3, Presence::kOffline, Presence::kOffline, Outcome::kRefused},
  }));
  INFO(row.number);
  const Answer sure = redis::answer_of(row.kind, row.number, kRules, false);
  const Answer unsure = redis::answer_of(row.kind, row.number, kRules, true);
  CHECK(sure.presence == row.presence);
  CHECK(unsure.presence == row.in_doubt);
  CHECK(sure.outcome == row.outcome);
}
