// Heartbeats, leaves, reads and passes at once. Meant for ThreadSanitizer; the readers can catch a lie without it too.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "support/catch.hpp"
#include "table/table.hpp"

using namespace lastbeat;

namespace {

constexpr std::uint64_t kUsers = 64;
constexpr Second kStart = 100;

// What the latest edge of every user said, written under the stripe's lock.
class LatestEdges final : public EdgeSink {
 public:
  void take(std::span<const Edge> edges) noexcept override {
    for (const Edge& edge : edges) {
      auto& user = users_[static_cast<std::uint64_t>(edge.user)];
      const bool online = edge.cause == EdgeCause::kHeartbeat;
      const std::uint64_t before = user.load(std::memory_order_relaxed);
      if (online == is_online(before) || edge.number <= number(before)) out_of_order_ = true;
      user.store(edge.number << 1U | (online ? 1U : 0U), std::memory_order_release);
      total_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  static bool is_online(std::uint64_t latest) { return (latest & 1U) != 0; }
  static std::uint64_t number(std::uint64_t latest) { return latest >> 1U; }
  [[nodiscard]] std::uint64_t latest(std::uint64_t user) const { return users_[user].load(std::memory_order_acquire); }
  [[nodiscard]] bool out_of_order() const { return out_of_order_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t online() const {
    std::uint64_t online = 0;
    for (const auto& user : users_) online += is_online(user) ? 1U : 0U;
    return online;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kUsers> users_{};
  std::atomic<bool> out_of_order_{false};
  std::atomic<std::uint64_t> total_{0};
};

Answer execute(Table& table, CommandKind kind, std::uint64_t user) {
  const Command command{.user = UserId{user}, .kind = kind};
  Answer answer;
  table.execute({&command, 1}, {&answer, 1});
  return answer;
}

}  // namespace

TEST_CASE("edges of a user alternate in order, and no reader sees a state older than the last edge it got") {
  PublishedTime time{{.now = kStart}};
  LatestEdges edges;
  Table table{{.rules = {.ttl = 1, .retain = 2}, .stripe_bits = 2, .id_bits = 16}, time, &edges};
  std::atomic<int> writers_left{3};
  std::atomic<std::uint64_t> contradictions{0};
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);

  const auto write = [&](std::uint64_t id, std::uint64_t leave_one_in) {
    std::mt19937_64 random{seed + id};
    for (int i = 0; i < 60'000; ++i) {
      const bool leave = random() % leave_one_in == 0;
      execute(table, leave ? CommandKind::kLeave : CommandKind::kHeartbeat, random() % kUsers);
    }
    --writers_left;
  };
  const auto advance_and_pass = [&] {
    Second now = kStart;
    for (std::size_t stripe = 0; writers_left > 0; stripe = (stripe + 1) % table.stripe_count()) {
      if (stripe == 0) time.publish({.now = ++now});
      table.pass_stripe(stripe);
      std::this_thread::yield();
    }
  };
  const auto read = [&] {
    std::mt19937_64 random{seed + 99};
    while (writers_left > 0) {
      const std::uint64_t user = random() % kUsers;
      const std::uint64_t before = edges.latest(user);
      const Presence presence = execute(table, CommandKind::kStatus, user).presence;
      // Told online although the last edge said offline and nothing has been announced since, or the other way round.
      // (Told plain offline after an online edge is no lie: the timeout may not have been announced yet.)
      const bool contradicts =
          LatestEdges::is_online(before) ? presence == Presence::kLeft : presence == Presence::kOnline;
      if (contradicts && edges.latest(user) == before) ++contradictions;
      if (random() % 64 == 0) static_cast<void>(table.list_online(0, 16));
    }
  };

  std::vector<std::thread> threads;
  threads.emplace_back(write, 1, 3);
  threads.emplace_back(write, 2, 10);
  threads.emplace_back(write, 3, 1000);
  threads.emplace_back(advance_and_pass);
  threads.emplace_back(read);
  for (std::thread& thread : threads) thread.join();

  CHECK_FALSE(edges.out_of_order());
  CHECK(contradictions == 0);
  CHECK(edges.total() > kUsers);
  CHECK(table.online() == edges.online());
}

TEST_CASE("heartbeats of different users from several threads all arrive while the table grows") {
  PublishedTime time{{.now = kStart}};
  Table table{{.rules = {}, .stripe_bits = 1, .id_bits = 24}, time};
  constexpr std::uint64_t kEach = 20'000;
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < kEach; ++i) execute(table, CommandKind::kHeartbeat, thread * kEach + i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(table.entries() == 4 * kEach);
  CHECK(table.online() == 4 * kEach);
  std::uint64_t missing = 0;
  for (std::uint64_t user = 0; user < 4 * kEach; ++user) {
    missing += execute(table, CommandKind::kStatus, user).presence == Presence::kOnline ? 0U : 1U;
  }
  CHECK(missing == 0);
}

TEST_CASE("users who keep beating are never seen offline while strangers come and go and stripes grow and shrink") {
  constexpr std::uint64_t kKeepers = 2000;
  constexpr std::uint64_t kStrangers = 12'000;
  PublishedTime time{{.now = kStart}};
  Table table{{.rules = {.ttl = 2, .retain = 2}, .stripe_bits = 3, .id_bits = 20}, time};
  const auto batch = [&](CommandKind kind, std::uint64_t first, std::uint64_t users) {
    std::vector<Command> commands;
    for (std::uint64_t user = first; user < first + users; ++user)
      commands.push_back({.user = UserId{user}, .kind = kind});
    std::vector<Answer> answers(commands.size());
    table.execute(commands, answers);
    return std::count_if(answers.begin(), answers.end(),
                         [](const Answer& answer) { return answer.presence == Presence::kOnline; });
  };
  batch(CommandKind::kHeartbeat, 0, kKeepers);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::int64_t> lies{0};
  std::thread beating{[&] {
    while (!stop) {
      batch(CommandKind::kHeartbeat, 0, kKeepers);
      ++rounds;
    }
  }};
  std::thread reading{[&] {
    while (!stop) lies += std::int64_t{kKeepers} - batch(CommandKind::kStatus, 0, kKeepers);
  }};
  for (Second second = 1; second <= 24; ++second) {
    if (second % 4 == 1) batch(CommandKind::kHeartbeat, kKeepers, kStrangers);
    // Whoever keeps beating has done so in the second that ends.
    for (const std::uint64_t round = rounds; rounds < round + 2;) std::this_thread::yield();
    time.publish({.now = kStart + second});
    for (std::size_t stripe = 0; stripe < table.stripe_count(); ++stripe) table.pass_stripe(stripe);
  }
  stop = true;
  beating.join();
  reading.join();
  CHECK(lies == 0);
  CHECK(table.online() == kKeepers);
  CHECK(table.entries() == kKeepers);
}
