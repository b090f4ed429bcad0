// Random commands, ages, late passes and stale clocks against the plain model: every edge of every user, everything
// that was announced, every answer and every count must be what the exact rule says.
#include <random>

#include "server/table/presence_model.hpp"
#include "server/table/recording_sink.hpp"
#include "support/catch.hpp"
#include "table/table.hpp"

using namespace lastbeat;
using lastbeat::test::PresenceModel;
using lastbeat::test::RecordingSink;

namespace {

struct Setting {
  Rules rules;
  std::uint64_t users;
  unsigned stripe_bits;
  const char* why;
};

const std::vector<Setting> kSettings{
    {{.ttl = 5, .retain = 5}, 1, 0, "one user, everything collides"},
    {{.ttl = 5, .retain = 5}, 64, 0, "forgotten as soon as possible"},
    {{.ttl = 5, .retain = 15}, 8, 0, "kept for longer: a late pass cannot hide behind forgetting"},
    {{.ttl = 1, .retain = 1}, 4, 0, "the shortest ttl"},
    {{.ttl = 30, .retain = 90}, 16, 0, "the usual ttl"},
};

// Drives a table and the model with the same random steps.
class Oracle {
 public:
  Oracle(const Setting& setting, std::uint64_t seed)
      : setting_{setting},
        random_{seed},
        start_{setting.rules.retain + setting.rules.ttl + 2},
        announced_{start_},
        time_{{.now = start_}},
        table_{{.rules = setting.rules, .stripe_bits = setting.stripe_bits, .id_bits = 16}, time_, &sink_},
        model_{setting.rules, start_} {}

  void step() {
    switch (random_() % 8) {
      case 0:
        advance();
        break;
      case 1:
        pass();
        break;
      default:
        command();
        break;
    }
  }

  // Everything that must hold after every step; `announced_` is the second of the one stripe.
  void check() {
    for (const UserId user : model_.users()) {
      CAPTURE(static_cast<std::uint64_t>(user), model_.now(), announced_);
      REQUIRE(sink_.is_online(user) == model_.is_on(user, announced_));
      const Answer told = status(user);
      if (told.age_s != Answer::kNoAge) {
        REQUIRE(told.presence == model_.presence(user));
        REQUIRE(told.age_s == model_.age(user));
      } else {  // not held: never heard of, or older than retain at the last pass
        REQUIRE(told.presence == Presence::kOffline);
        const bool is_forgotten = model_.age(user) - (model_.now() - announced_) > setting_.rules.retain;
        REQUIRE((model_.age(user) == Answer::kNoAge || is_forgotten));
      }
    }
    REQUIRE(table_.online() == sink_.online());
  }

  // With all timeouts announced, the edges are the flips of the model, and the count is a brute-force count.
  void finish() {
    pass();
    for (const UserId user : model_.users()) {
      CAPTURE(static_cast<std::uint64_t>(user));
      REQUIRE(sink_.flips(user) == model_.flips(user));
    }
    REQUIRE(table_.online() == model_.online());
  }

 private:
  void advance() {
    // Mostly second by second, sometimes far: passes are up to two ttl late.
    const std::uint64_t most = random_() % 4 == 0 ? 2 * setting_.rules.ttl : 1;
    now_ += static_cast<Second>(1 + random_() % most);
    model_.advance_to(start_ + now_);
    time_.publish({.now = start_ + now_});
  }
  void pass() {
    for (std::size_t i = 0; i < table_.stripe_count(); ++i) table_.pass_stripe(i);
    announced_ = start_ + now_;
  }
  void command() {
    Command command{.user = UserId{random_() % setting_.users}};
    command.kind = random_() % 3 == 0 ? CommandKind::kLeave : CommandKind::kHeartbeat;
    if (random_() % 3 == 0) {
      command.second = start_ + now_ - static_cast<Second>(random_() % (2 * setting_.rules.ttl + 1));
    }
    Answer answer;
    table_.execute({&command, 1}, {&answer, 1});
    REQUIRE(answer.outcome == model_.execute(command));
  }
  Answer status(UserId user) {
    const Command command{.user = user, .kind = CommandKind::kStatus};
    Answer answer;
    table_.execute({&command, 1}, {&answer, 1});
    return answer;
  }

  const Setting setting_;
  std::mt19937_64 random_;
  const Second start_;
  Second now_ = 0;
  Second announced_;
  PublishedTime time_;
  RecordingSink sink_;
  Table table_;
  PresenceModel model_;
};

}  // namespace

TEST_CASE("after every step, what was announced and what is answered is what the exact rule says") {
  const Setting setting = GENERATE(from_range(kSettings));
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 40U));
  INFO(setting.why);
  CAPTURE(seed);
  Oracle oracle{setting, seed};
  for (int i = 0; i < 250; ++i) {
    oracle.step();
    oracle.check();
  }
  oracle.finish();
}

TEST_CASE("the edges of thousands of users in many stripes that grow and shrink are the flips of the exact rule") {
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 4U));
  CAPTURE(seed);
  Oracle oracle{{{.ttl = 5, .retain = 10}, 4000, 2, "several hundred entries a stripe"}, seed};
  for (int i = 0; i < 10'000; ++i) oracle.step();
  oracle.finish();
}

TEST_CASE("with clocks up to two seconds behind, the edges of a user still alternate and the count still fits") {
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 40U));
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const Rules rules{.ttl = 5, .retain = random() % 2 == 0 ? 5U : 15U};
  const Second start = rules.retain + rules.ttl + 2;
  PublishedTime time{{.now = start}};
  RecordingSink sink;
  Table table{{.rules = rules, .stripe_bits = 0, .id_bits = 16}, time, &sink};
  constexpr std::uint64_t kUsers = 8;
  Second now = start;
  for (int step = 0; step < 2000; ++step) {
    now += random() % 4 == 0 ? 1U : 0U;
    // Passes and commands alike may have read the time a while ago.
    time.publish({.now = std::max(start, now - static_cast<Second>(random() % 3))});
    if (random() % 5 == 0) {
      table.pass_stripe(0);
      continue;
    }
    const Command command{.user = UserId{random() % kUsers},
                          .kind = random() % 3 == 0 ? CommandKind::kLeave : CommandKind::kHeartbeat};
    Answer answer;
    table.execute({&command, 1}, {&answer, 1});
    REQUIRE(table.online() == sink.online());
  }
  for (std::uint64_t user = 0; user < kUsers; ++user) {
    bool online = false;
    for (const Edge& edge : sink.edges(UserId{user})) {
      REQUIRE((edge.cause == EdgeCause::kHeartbeat) != online);
      online = !online;
    }
  }
}
