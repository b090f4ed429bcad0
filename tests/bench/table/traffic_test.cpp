#include "table_bench/traffic.hpp"

#include <algorithm>
#include <atomic>
#include <set>

#include "support/catch.hpp"
#include "table_bench/user_ids.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kUsers = 1000;

// Adds up what it is asked. Threads: any.
class Listener final : public Subject {
 public:
  Listener() {
    for (std::uint64_t i = 0; i < kUsers; ++i) known_.insert(nth_user(i));
  }
  void execute(std::span<const Command> commands, std::span<Answer> /*answers*/) noexcept override {
    ++calls;
    for (const Command& command : commands) {
      heartbeats += command.kind == CommandKind::kHeartbeat ? 1U : 0U;
      statuses += command.kind == CommandKind::kStatus ? 1U : 0U;
      strangers += known_.contains(command.user) ? 0U : 1U;
    }
  }
  [[nodiscard]] std::uint64_t entries() override { return kUsers; }
  [[nodiscard]] std::uint64_t commands() const { return heartbeats + statuses; }

  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> heartbeats{0};
  std::atomic<std::uint64_t> statuses{0};
  std::atomic<std::uint64_t> strangers{0};

 private:
  std::set<UserId> known_;
};

}  // namespace

TEST_CASE("traffic is of the kinds and users that were asked for") {
  Listener listener;
  BenchTime time;
  const Moment start = time.published().load();

  SECTION("heartbeats of users who are there, and time goes on") {
    CHECK(measure_traffic(listener, time, {.threads = 2, .users = kUsers}, 5ms) > 0);
    CHECK(listener.statuses == 0);
    CHECK(listener.strangers == 0);
    CHECK(listener.commands() == kBatch * listener.calls);
    CHECK(time.published().load().now > start.now);
  }
  SECTION("statuses of strangers, and time stands still") {
    CHECK(measure_traffic(listener, time, {.users = kUsers, .heartbeats = 0, .known = false}, 5ms) > 0);
    CHECK(listener.heartbeats == 0);
    CHECK(listener.strangers == listener.commands());
    CHECK(time.published().load() == start);
  }
  SECTION("a mix") {
    static_cast<void>(measure_traffic(listener, time, {.users = kUsers, .heartbeats = 90}, 20ms));
    const double share = static_cast<double>(listener.heartbeats) / static_cast<double>(listener.commands());
    CHECK(share == Approx(0.9).margin(0.1));
  }
  SECTION("a call for each") {
    static_cast<void>(measure_traffic(listener, time, {.users = kUsers, .commands_a_call = 1}, 5ms));
    CHECK(listener.calls == listener.commands());
  }
}

TEST_CASE("everybody is beaten once, but for the excepted") {
  Listener listener;
  beat_everybody(listener, kUsers, 2);
  CHECK(listener.heartbeats == kUsers);
  beat_everybody(listener, kUsers, 2, 10);
  CHECK(listener.heartbeats == kUsers + kUsers / 10 * 9);
  CHECK(listener.strangers == 0);
}
