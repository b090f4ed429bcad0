#include "store/coalescing_store.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "store/memory_store.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;

constexpr UserId kUser{7};
constexpr milliseconds kStart = 1000s;
constexpr Rules kRules{.ttl = 30, .retain = 30};
constexpr milliseconds kWindow = 10s;
constexpr Command kBeat{.user = kUser, .kind = CommandKind::kHeartbeat};
constexpr Command kLeave{.user = kUser, .kind = CommandKind::kLeave};
constexpr Command kStatus{.user = kUser, .kind = CommandKind::kStatus};

struct Completion final : BatchCompletion {
  std::optional<BatchResult> told;
  void batch_done(BatchResult result) noexcept override { told = result; }
};

std::vector<Answer> ask(Store& store, const std::vector<Command>& commands, BatchResult expected = BatchResult::kDone) {
  std::vector<Answer> answers(commands.size());
  Completion done;
  store.execute(commands, answers, done);
  CHECK(done.told == expected);
  return answers;
}

// A table with the ttl that a store behind coalescing gets; counts what is written, and may be away.
class FarStore final : public Store {
 public:
  FarStore(const PublishedTime& time, std::size_t& writes, bool& is_away)
      : writes_{writes}, is_away_{is_away}, table_{{.rules = {.ttl = 40, .retain = 40}}, time} {}
  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override {
    if (is_away_) return done.batch_done(BatchResult::kUnavailable);
    largest = std::max(largest, commands.size());
    for (const Command& command : commands) writes_ += command.kind == CommandKind::kStatus ? 0 : 1;
    table_.execute(commands, answers, done);
  }
  [[nodiscard]] std::uint64_t online() const noexcept override { return table_.online(); }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return table_.entries(); }

  std::size_t largest = 0;  // of the batches

 private:
  std::size_t& writes_;
  bool& is_away_;
  MemoryStore table_;
};

// Both stores, and a clock that the test turns; `far` is what another server sees.
struct Subject {
  explicit Subject(std::size_t most_users = 1000)
      : store{[&] {
                auto made = std::make_unique<FarStore>(time, writes, is_away);
                far = made.get();
                return made;
              }(),
              {.coalescer = {.rules = kRules, .window = kWindow, .most_users = most_users}, .interval = 0ms},
              [&] { return now; }} {}
  void turn_to(milliseconds after) {
    now = kStart + after;
    time.publish({.now = static_cast<Second>(now / 1s)});
    store.tick();
  }

  milliseconds now = kStart;
  PublishedTime time{{.now = static_cast<Second>(kStart / 1s)}};
  std::size_t writes = 0;
  bool is_away = false;
  FarStore* far = nullptr;
  CoalescingStore store;
};

}  // namespace

TEST_CASE("users who beat every 2 s cost a fifth of the writes with a window of 10 s, and nobody sees one go early") {
  Subject subject;
  constexpr std::uint64_t kUsers = 50;
  std::size_t heartbeats = 0;
  bool is_online_for_others = true;
  const auto all_online = [&](Store& store) {
    std::vector<Command> questions;
    for (std::uint64_t id = 0; id < kUsers; ++id) {
      questions.push_back({.user = UserId{id}, .kind = CommandKind::kStatus});
    }
    bool all = true;
    for (const Answer& answer : ask(store, questions)) all = all && answer.presence == Presence::kOnline;
    return all;
  };
  constexpr milliseconds kLast = 300s;
  for (milliseconds after = 0ms; after <= kLast; after += 100ms) {
    subject.turn_to(after);
    for (std::uint64_t id = 0; id < kUsers; ++id) {
      if ((after + id * 100ms) % 2s != 0ms) continue;
      ask(subject.store, {{.user = UserId{id}, .kind = CommandKind::kHeartbeat}});
      ++heartbeats;
    }
    if (after % 1s == 0ms && after > 2s) is_online_for_others = is_online_for_others && all_online(*subject.far);
  }
  CHECK(is_online_for_others);
  CHECK(static_cast<double>(heartbeats) / static_cast<double>(subject.writes) >= 4.5);
  CHECK(subject.store.remote().coalesced > heartbeats / 2);
  // Silence from here on: online for a ttl, offline at most a window later.
  subject.turn_to(kLast + 28s);
  CHECK(all_online(*subject.far));
  subject.turn_to(kLast + 41s);
  CHECK(ask(*subject.far, {{.user = UserId{0}, .kind = CommandKind::kStatus}})[0].presence == Presence::kOffline);
  CHECK(ask(subject.store, {{.user = UserId{0}, .kind = CommandKind::kStatus}})[0].presence == Presence::kOffline);
}

TEST_CASE("the first heartbeat goes at once, the next is held back and counts here meanwhile") {
  Subject subject;
  ask(subject.store, {kBeat});
  CHECK(subject.writes == 1);
  subject.turn_to(5s);
  ask(subject.store, {kBeat});
  CHECK(subject.writes == 1);
  CHECK(subject.store.remote().kept == 1);
  CHECK(ask(subject.store, {kStatus})[0].age_s == 0);
  CHECK(ask(*subject.far, {kStatus})[0].age_s == 5);
  subject.turn_to(10s);
  CHECK(subject.writes == 2);
  CHECK(ask(*subject.far, {kStatus})[0].age_s == 5);
  CHECK(subject.store.remote().kept == 0);
}

TEST_CASE("a leave goes at once and drops what is held back, and so does the heartbeat after it") {
  Subject subject;
  ask(subject.store, {kBeat});
  subject.turn_to(1s);
  ask(subject.store, {kBeat});
  const auto answers = ask(subject.store, {kStatus, kLeave, kStatus, kBeat, kStatus, kLeave, kStatus});
  CHECK(answers[0].presence == Presence::kOnline);
  CHECK(answers[2].presence == Presence::kLeft);
  CHECK(answers[4].presence == Presence::kOnline);
  CHECK(answers[6].presence == Presence::kLeft);
  CHECK(ask(*subject.far, {kStatus})[0].presence == Presence::kLeft);
  CHECK(subject.writes == 4);
  subject.turn_to(10s);
  subject.turn_to(20s);
  CHECK(subject.writes == 4);
  CHECK(ask(subject.store, {kStatus})[0].presence == Presence::kLeft);
}

TEST_CASE("what the store could not be told waits here, counts here, and goes at the end of a window") {
  Subject subject;
  subject.is_away = true;
  ask(subject.store, {kBeat});
  CHECK(ask(subject.store, {kStatus})[0].presence == Presence::kOnline);
  ask(subject.store, {{.user = UserId{8}, .kind = CommandKind::kStatus}}, BatchResult::kUnavailable);
  const auto answers =
      ask(subject.store, {kStatus, {.user = UserId{8}, .kind = CommandKind::kStatus}}, BatchResult::kPartly);
  CHECK(answers[1].presence == Presence::kUnknown);
  CHECK(answers[1].outcome == Outcome::kUnavailable);
  subject.turn_to(10s);
  subject.is_away = false;
  CHECK(subject.writes == 0);
  subject.turn_to(20s);
  CHECK(subject.writes == 1);
  CHECK(ask(*subject.far, {kStatus})[0].age_s == 20);
}

TEST_CASE("more users than may be held are written without being held back") {
  Subject subject{1};
  ask(subject.store, {{.user = UserId{1}, .kind = CommandKind::kHeartbeat}, kBeat, kBeat, kStatus});
  CHECK(subject.writes == 3);
  CHECK(ask(*subject.far, {kStatus})[0].presence == Presence::kOnline);
  subject.is_away = true;
  CHECK(ask(subject.store, {kBeat}, BatchResult::kUnavailable)[0].outcome == Outcome::kUnavailable);
}

TEST_CASE("what is too old is refused here, and at the end all that is held back goes") {
  Subject subject;
  ask(subject.store, {kBeat});
  subject.turn_to(3s);
  const Command old{.user = kUser, .second = 900, .kind = CommandKind::kHeartbeat};
  CHECK(ask(subject.store, {kBeat, old})[1].outcome == Outcome::kTooOld);
  subject.store.finish();
  CHECK(subject.writes == 2);
  CHECK(ask(*subject.far, {kStatus})[0].age_s == 0);
}

TEST_CASE("at the end what is held back goes in pieces, and what the store cannot take is known to be lost") {
  constexpr std::uint64_t kUsers = 40'000;
  Subject subject{kUsers};
  std::vector<Command> beats;
  for (std::uint64_t id = 0; id < kUsers; ++id) beats.push_back({.user = UserId{id}, .kind = CommandKind::kHeartbeat});
  ask(subject.store, beats);
  subject.far->largest = 0;
  subject.turn_to(1s);
  ask(subject.store, beats);
  subject.is_away = GENERATE(false, true);
  subject.store.finish();
  CHECK(subject.writes == (subject.is_away ? kUsers : 2 * kUsers));
  CHECK(subject.far->largest < kUsers / 2);
  CHECK(subject.store.remote().kept == (subject.is_away ? kUsers : 0));
}
