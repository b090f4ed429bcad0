// Random commands, ages, late passes and stale clocks against the plain model: every edge of every user, everything
// that was announced, every answer and every count must be what the exact rule says.
#include "server/table/oracle.hpp"

#include <random>

#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::Oracle;
using lastbeat::test::OracleSetting;
using lastbeat::test::RecordingSink;

namespace {

const std::vector<OracleSetting> kSettings{
    {{.ttl = 5, .retain = 5}, 1, 0, "one user, everything collides"},
    {{.ttl = 5, .retain = 5}, 64, 0, "forgotten as soon as possible"},
    {{.ttl = 5, .retain = 15}, 8, 0, "kept for longer: a late pass cannot hide behind forgetting"},
    {{.ttl = 1, .retain = 1}, 4, 0, "the shortest ttl"},
    {{.ttl = 30, .retain = 90}, 16, 0, "the usual ttl"},
};

}  // namespace

TEST_CASE("after every step, what was announced and what is answered is what the exact rule says") {
  OracleSetting setting = GENERATE(from_range(kSettings));
  setting.portable = GENERATE(false, true);
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 40U));
  INFO(setting.why);
  CAPTURE(seed);
  setting.mixer_seed = seed;
  std::mt19937_64 random{seed};
  Oracle oracle{setting};
  for (int i = 0; i < 250; ++i) {
    oracle.step(random());
    oracle.check();
  }
  oracle.finish();
}

TEST_CASE("the edges of thousands of users in stripes that grow and shrink are the flips of the exact rule") {
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 4U));
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const bool portable = GENERATE(false, true);
  Oracle oracle{{{.ttl = 5, .retain = 10}, 4000, 2, "several hundred users a stripe", portable, seed}};
  for (int i = 0; i < 10'000; ++i) oracle.step(random());
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
  Table table{{.rules = rules, .stripe_bits = 0, .id_bits = 16, .mixer_seed = seed}, time, &sink};
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
