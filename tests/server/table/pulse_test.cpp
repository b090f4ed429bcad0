// What the table promises about memory, locks and the reach of its short stamps.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "server/table/recording_sink.hpp"
#include "support/catch.hpp"
#include "table/table.hpp"

using namespace lastbeat;
using lastbeat::test::Flip;
using lastbeat::test::RecordingSink;

namespace {

constexpr Second kStart = 1000;

// A sanitizer touches memory of its own all the time. Two ways to ask for one: gcc's and clang's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCountsPageFaults = false;
#elif defined(__has_feature)
constexpr bool kCountsPageFaults = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kCountsPageFaults = true;
#endif

thread_local long faults_before = 0;  // the hold that this thread is in

// The most that was done under one lock, and how often this thread touched a page for the first time meanwhile.
class HoldLimits final : public HoldObserver {
 public:
  void locked() noexcept override { faults_before = page_faults(); }
  void unlocking(const Hold& hold) noexcept override {
    faults_ += page_faults() - faults_before;
    raise(most_moved_, hold.lines_moved);
    raise(most_touched_, hold.lines_touched);
  }
  [[nodiscard]] long faults() const { return faults_; }
  [[nodiscard]] std::uint32_t most_moved() const { return most_moved_; }
  [[nodiscard]] std::uint32_t most_touched() const { return most_touched_; }

 private:
  static long page_faults() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt + usage.ru_majflt;
  }
  static void raise(std::atomic<std::uint32_t>& most, std::uint32_t value) {
    for (std::uint32_t seen = most; seen < value && !most.compare_exchange_weak(seen, value);) {
    }
  }
  std::atomic<long> faults_{0};
  std::atomic<std::uint32_t> most_moved_{0};
  std::atomic<std::uint32_t> most_touched_{0};
};

// A thread's stack grows by page faults too.
void touch_stack() {
  std::array<char, 128 * 1024> stack;  // NOLINT(*-member-init)
  auto* const bytes = static_cast<volatile char*>(stack.data());
  for (std::size_t i = 0; i < stack.size(); i += 1024) bytes[i] = 0;
}

void execute(Table& table, CommandKind kind, std::uint64_t first, std::uint64_t users) {
  std::vector<Command> commands;
  for (std::uint64_t user = first; user < first + users; ++user)
    commands.push_back({.user = UserId{user}, .kind = kind});
  std::vector<Answer> answers(commands.size());
  table.execute(commands, answers);
}

Answer execute(Table& table, CommandKind kind, std::uint64_t user) {
  const Command command{.user = UserId{user}, .kind = kind};
  Answer answer;
  table.execute({&command, 1}, {&answer, 1});
  return answer;
}

void pass(Table& table) {
  for (std::size_t i = 0; i < table.stripe_count(); ++i) table.pass_stripe(i);
}

// Grows to `users` in two threads, lists, lets all of them go, and comes back.
void come_and_go(HoldObserver* observer, std::uint64_t users) {
  PublishedTime time{{.now = kStart}};
  Table table{{.rules = {}, .stripe_bits = 4, .id_bits = 24, .observer = observer}, time};
  for (Second turn = 0; turn < 2; ++turn) {
    time.publish({.now = kStart + turn * 31});
    const auto grow = [&](std::uint64_t first) {
      touch_stack();
      execute(table, CommandKind::kHeartbeat, first, users / 2);
      execute(table, CommandKind::kStatus, first, users / 2);
    };
    std::thread other{grow, users / 2};
    std::thread another{grow, 0};
    other.join();
    another.join();
    REQUIRE(table.online() == users);
    REQUIRE(table.list_online(0, 1000).users.size() == 1000);
    time.publish({.now = kStart + turn * 31 + 31});
    std::thread{[&] {
      touch_stack();
      pass(table);
    }}.join();
    REQUIRE(table.entries() == 0);
  }
}

}  // namespace

TEST_CASE("under a lock no page is touched for the first time, and at most the stripe's own lines are moved") {
  constexpr std::uint64_t kUsers = 120'000;
  come_and_go(nullptr, kUsers);  // code is loaded by page faults as well
  HoldLimits limits;
  come_and_go(&limits, kUsers);
  if (kCountsPageFaults) {
    CHECK(limits.faults() == 0);
  } else {
    WARN("page faults are not counted under a sanitizer");
  }
  // A sixteenth of the users each, give or take some standard deviations, in lines that are at least half full.
  constexpr std::uint64_t kLinesOfAStripe = kUsers / 16 * 11 / 10 / Line::kLanes * 2;
  CHECK(limits.most_moved() > kUsers / 16 / Line::kLanes / 2);
  CHECK(limits.most_moved() < kLinesOfAStripe);
  CHECK(limits.most_touched() < 12 * kLinesOfAStripe);
}

TEST_CASE("an observer is told of every line that a pass or a listing looks at") {
  class MostTouched final : public HoldObserver {
   public:
    void locked() noexcept override {}
    void unlocking(const Hold& hold) noexcept override { lines = std::max(lines, hold.lines_touched); }
    std::uint32_t lines = 0;
  };
  constexpr std::uint32_t kUsers = 1000;
  PublishedTime time{{.now = kStart}};
  MostTouched most;
  Table table{{.rules = {}, .stripe_bits = 0, .id_bits = 16, .observer = &most}, time};
  execute(table, CommandKind::kHeartbeat, 0, kUsers);
  most.lines = 0;
  pass(table);
  CHECK(most.lines >= kUsers / Line::kLanes);
  most.lines = 0;
  static_cast<void>(table.list_online(0, 1));
  CHECK(most.lines >= kUsers / Line::kLanes);
}

TEST_CASE("lookups take as many lines as in a fresh table while users come and go, since passes settle the lines") {
  class Touched final : public HoldObserver {
   public:
    void locked() noexcept override {}
    void unlocking(const Hold& hold) noexcept override { lines += hold.lines_touched; }
    std::uint64_t lines = 0;
  };
  constexpr std::uint64_t kUsers = 4000;
  constexpr std::uint64_t kComeAndGo = kUsers / 20;
  constexpr std::uint64_t kStrangers = 2000;
  PublishedTime time{{.now = kStart}};
  Touched touched;
  Table table{{.rules = {}, .stripe_bits = 0, .id_bits = 20, .mixer_seed = 1, .observer = &touched}, time};
  const auto lines_for_strangers = [&] {
    touched.lines = 0;
    execute(table, CommandKind::kStatus, 1'000'000, kStrangers);
    return touched.lines;
  };
  execute(table, CommandKind::kHeartbeat, 0, kUsers);
  const std::uint64_t fresh = lines_for_strangers();
  Second now = kStart;
  for (std::uint64_t first = kComeAndGo; first <= 3 * kUsers; first += kComeAndGo) {
    time.publish({.now = now += 16});
    execute(table, CommandKind::kHeartbeat, first, kUsers - kComeAndGo);
    time.publish({.now = now += 15});
    pass(table);
    execute(table, CommandKind::kHeartbeat, first, kUsers);
  }
  REQUIRE(table.entries() == kUsers);
  CHECK(fresh > kStrangers);
  CHECK(lines_for_strangers() - kStrangers < (fresh - kStrangers) * 5 / 4);
}

TEST_CASE("memory follows the users, and goes when they go") {
  PublishedTime time{{.now = kStart}};
  Table table{{}, time};
  execute(table, CommandKind::kHeartbeat, 0, 1'000'000);
  CHECK(table.memory_bytes() > 8'000'000);
  CHECK(table.memory_bytes() < 25'000'000);
  time.publish({.now = kStart + 31});
  pass(table);
  CHECK(table.entries() == 0);
  CHECK(table.memory_bytes() <= 8'000'000);  // units that were made ready and not used yet
}

TEST_CASE("ages stay right for months, while the base that short stamps count from moves") {
  PublishedTime time{{.now = kStart}};
  RecordingSink sink;
  Table table{{.rules = {.ttl = 30, .retain = 90}, .stripe_bits = 0, .id_bits = 16}, time, &sink};
  Second now = kStart;
  for (int month = 0; month < 14; ++month) {
    now += 30U * 24 * 3600;
    time.publish({.now = now});
    execute(table, CommandKind::kHeartbeat, 1);
    execute(table, CommandKind::kLeave, 2);
    pass(table);
    time.publish({.now = now + 60});
    execute(table, CommandKind::kHeartbeat, 3);
    pass(table);
    time.publish({.now = now + 70});
    CHECK(execute(table, CommandKind::kStatus, 1).age_s == 70);
    CHECK(execute(table, CommandKind::kStatus, 2).age_s == 70);
    CHECK(execute(table, CommandKind::kStatus, 2).presence == Presence::kLeft);
    CHECK(execute(table, CommandKind::kStatus, 3).age_s == 10);
    CHECK(table.online() == 1);
    CHECK(table.entries() == 3);
  }
  CHECK(sink.flips(UserId{1}).size() == 28);
  CHECK(sink.flips(UserId{1}).back() == Flip{EdgeCause::kTimeout, now + 31});
}

TEST_CASE("a stop of a month makes no timeout carry another second, however long the table had been running") {
  constexpr Second kDay = 24 * 3600;
  PublishedTime time{{.now = kStart}};
  RecordingSink sink;
  Table table{{.rules = {.ttl = 30, .retain = 90}, .stripe_bits = 0, .id_bits = 16}, time, &sink};
  Second last_heard = kStart;
  for (Second day = 0; day <= 80; day += 20) {
    last_heard = kStart + day * kDay;
    time.publish({.now = last_heard});
    execute(table, CommandKind::kHeartbeat, 1);
    pass(table);
  }
  time.publish({.now = last_heard + 30 * kDay});
  execute(table, CommandKind::kHeartbeat, 2);  // a write looks first whether short stamps still reach
  pass(table);
  CHECK(sink.flips(UserId{1}).back() == Flip{EdgeCause::kTimeout, last_heard + 31});
}

TEST_CASE("after a stop of many months nobody is online who was not heard of since, and each goes offline once") {
  PublishedTime time{{.now = kStart}};
  RecordingSink sink;
  Table table{{.rules = {.ttl = 30, .retain = 90}, .stripe_bits = 0, .id_bits = 16}, time, &sink};
  execute(table, CommandKind::kHeartbeat, 1);  // will have timed out before the stop
  execute(table, CommandKind::kHeartbeat, 2);
  execute(table, CommandKind::kLeave, 2);
  time.publish({.now = kStart + 60});
  execute(table, CommandKind::kHeartbeat, 3);  // online when the process is stopped
  pass(table);
  CHECK(table.entries() == 3);

  const Second later = kStart + (Second{1} << 24U);
  time.publish({.now = later, .doubt_until = later + 30});
  execute(table, CommandKind::kHeartbeat, 4);
  CHECK(execute(table, CommandKind::kStatus, 3).presence == Presence::kUnknown);
  CHECK(execute(table, CommandKind::kStatus, 4).presence == Presence::kOnline);
  CHECK(table.online() == 2);  // as announced
  execute(table, CommandKind::kHeartbeat, 5);

  time.publish({.now = later + 31});
  execute(table, CommandKind::kHeartbeat, 4);
  pass(table);
  CHECK(table.online() == 1);
  CHECK(table.entries() == 2);  // 5 has just timed out
  for (const std::uint64_t user : {1U, 2U, 3U}) {
    CHECK(execute(table, CommandKind::kStatus, user).presence == Presence::kOffline);
    CHECK(sink.flips(UserId{user}).size() == 2);
  }
  CHECK(sink.flips(UserId{3}).back().cause == EdgeCause::kTimeout);
}

TEST_CASE("at the end of the clock's bits nothing wraps: who beats is online, who leaves has left") {
  PublishedTime time{{.now = kLastSecond - 31}};
  Table table{{.rules = {}, .stripe_bits = 0, .id_bits = 16}, time};
  execute(table, CommandKind::kHeartbeat, 1);
  time.publish({.now = kLastSecond});
  pass(table);
  CHECK(execute(table, CommandKind::kStatus, 1).presence == Presence::kOffline);
  execute(table, CommandKind::kHeartbeat, 2);
  execute(table, CommandKind::kLeave, 2);
  CHECK(execute(table, CommandKind::kStatus, 2).presence == Presence::kLeft);
  execute(table, CommandKind::kHeartbeat, 2);  // borrows the one second that is left
  CHECK(execute(table, CommandKind::kStatus, 2).presence == Presence::kOnline);
  execute(table, CommandKind::kLeave, 2);
  CHECK(execute(table, CommandKind::kStatus, 2).presence == Presence::kLeft);
  pass(table);
  CHECK(table.online() == 0);
}

TEST_CASE("a pass waits for a receiver of edges that has no room, and loses none") {
  class SmallSink final : public EdgeSink {
   public:
    void take(std::span<const Edge> edges) noexcept override {
      for (const Edge& edge : edges) timeouts += edge.cause == EdgeCause::kTimeout ? 1U : 0U;
    }
    [[nodiscard]] std::size_t room() const noexcept override { return free; }
    std::size_t free = 0;
    std::size_t timeouts = 0;
  };
  PublishedTime time{{.now = kStart}};
  SmallSink sink;
  Table table{{.rules = {}, .stripe_bits = 0, .id_bits = 16}, time, &sink};
  execute(table, CommandKind::kHeartbeat, 0, 100);
  time.publish({.now = kStart + 31});
  sink.free = 99;
  CHECK(table.pass_stripe(0).waiting);
  CHECK(sink.timeouts == 0);
  CHECK(table.online() == 100);
  CHECK(execute(table, CommandKind::kStatus, 1).presence == Presence::kOffline);  // answers never wait
  sink.free = 100;
  CHECK_FALSE(table.pass_stripe(0).waiting);
  CHECK(sink.timeouts == 100);
  CHECK(table.online() == 0);
}
