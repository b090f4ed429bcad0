#include "presence/clock.hpp"

#include <atomic>
#include <thread>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

namespace {

constexpr Rules kRules{.ttl = 30, .retain = 90};
constexpr Second kFirst = 90 + 30 + 2;
constexpr BootTime kBoot = 5000s + 250ms;  // what the boot clock says when the server starts

Moment now(const Clock& clock) { return clock.published().load(); }

}  // namespace

TEST_CASE("when the bits of a second run out, after 68 years, the clock stands still") {
  Clock clock{{.ttl = 30, .retain = 30}, false, 0s};
  clock.advance(std::chrono::hours{24 * 366 * 69});
  CHECK(clock.published().load().now == kLastSecond);
  clock.advance(std::chrono::hours{24 * 366 * 200});
  CHECK(clock.published().load().now == kLastSecond);
  CHECK(clock.before(std::chrono::hours{24 * 366 * 200}, protocol::Age{0}).second == kLastSecond);
}

TEST_CASE("the first second leaves room for every age below it") {
  const Clock clock{kRules, false, kBoot};
  CHECK(now(clock).now == kFirst);
  CHECK_FALSE(now(clock).in_doubt());
}

TEST_CASE("seconds follow the boot clock and never go back") {
  Clock clock{kRules, false, kBoot};
  struct Row {
    BootTime reading;
    Second second;
    const char* why;
  };
  for (const Row& row : std::vector<Row>{{5000s + 999ms, kFirst, "still the first second"},
                                         {5001s, kFirst + 1, "the next"},
                                         {5000s + 900ms, kFirst + 1, "an older reading changes nothing"},
                                         {5001s + 500ms, kFirst + 1, "nor does one in the same second"},
                                         {5002s, kFirst + 2, "and on"}}) {
    INFO(row.why);
    clock.advance(row.reading);
    CHECK(now(clock).now == row.second);
    CHECK_FALSE(now(clock).in_doubt());
  }
}

TEST_CASE("a jump of two seconds or more puts the server in doubt for as long, a ttl at most") {
  struct Row {
    std::chrono::milliseconds jump;
    Second doubt;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({{1900ms, 0, "shorter than two seconds"},
                                         {2s, 2, "two seconds"},
                                         {25s, 25, "less than a ttl"},
                                         {30s, 30, "a ttl"},
                                         {500s, 30, "suspended over night"}}));
  INFO(row.why);
  Clock clock{kRules, false, 5000s};
  clock.advance(5000s + row.jump);
  const Moment moment = now(clock);
  if (row.doubt == 0) {
    CHECK_FALSE(moment.in_doubt());
    return;
  }
  CHECK(moment.doubt_until == moment.now + row.doubt);
  CHECK(clock.doubt_left() == row.doubt + 1);
}

TEST_CASE("doubt holds to the end of its last second and no further") {
  Clock clock{kRules, false, 5000s};
  clock.advance(5010s);  // in doubt for ten seconds
  for (auto second = 5011s; second <= 5020s; ++second) {
    clock.advance(second);
    CHECK(now(clock).in_doubt());
  }
  clock.advance(5021s);
  CHECK_FALSE(now(clock).in_doubt());
  CHECK(clock.doubt_left() == 0);
}

TEST_CASE("a short jump does not shorten the doubt of a long one") {
  Clock clock{kRules, false, 5000s};
  clock.advance(5030s);
  const Second until = now(clock).doubt_until;
  clock.advance(5032s);
  CHECK(now(clock).doubt_until == until);
}

TEST_CASE("after a start with an earlier life the server is in doubt for one ttl") {
  Clock clock{kRules, true, 5000s};
  CHECK(now(clock).in_doubt());
  for (auto second = 5001s; second <= 5030s; ++second) clock.advance(second);
  CHECK(now(clock).in_doubt());
  clock.advance(5031s);
  CHECK_FALSE(now(clock).in_doubt());
}

TEST_CASE("an age is counted in milliseconds before the second is cut off") {
  const Clock clock{kRules, false, kBoot};
  struct Row {
    std::uint32_t age_ms;
    Second second;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({{0, kFirst, "now"},
                                         {250, kFirst, "at the very beginning of this second"},
                                         {251, kFirst - 1, "a millisecond before it"},
                                         {30'250, kFirst - 30, "one ttl"},
                                         {30'251, kFirst - 31, "a little more"},
                                         {4'294'967'295, 1, "seven weeks: never below 1"}}));
  INFO(row.why);
  CHECK(clock.before(kBoot, protocol::Age{row.age_ms}).second == row.second);
  if (row.second != 1)
    CHECK(clock.before(kBoot, protocol::Age{row.age_ms}).millisecond == (250 + 40'000 - row.age_ms) % 1000);
}

TEST_CASE("nobody sees a new second without the doubt that came with it") {
  Clock clock{kRules, false, 5000s};
  std::atomic<bool> done{false};
  std::atomic<int> lies{0};
  std::thread reader{[&] {
    Second last = 0;
    while (!done) {
      const Moment moment = now(clock);
      // Every step here is a jump of three seconds, so each later second is in doubt.
      if (moment.now > kFirst && !moment.in_doubt()) ++lies;
      if (moment.now < last) ++lies;
      last = moment.now;
    }
  }};
  std::thread other{[&] {
    for (BootTime reading = 5000s; reading < 5000s + 9000s; reading += 3s) clock.advance(reading);
  }};
  for (BootTime reading = 5000s; reading < 5000s + 9000s; reading += 3s) clock.advance(reading);
  other.join();
  done = true;
  reader.join();
  CHECK(lies == 0);
}

TEST_CASE("the boot clock runs") {
  const BootTime before = read_boot_time();
  CHECK(before > 0s);
  CHECK(read_boot_time() >= before);
}
