#include "presence/sweeper.hpp"

#include <optional>
#include <vector>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

namespace {

// Counts how often each part is passed over; a pass over one takes `cost_` of a time that is a variable.
class CountingStore final : public Store {
 public:
  explicit CountingStore(std::size_t parts) : visits_(parts) {}
  void execute(std::span<const Command>, std::span<Answer>, BatchCompletion& done) override {
    done.batch_done(BatchResult::kDone);
  }
  [[nodiscard]] std::uint64_t online() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return 0; }
  [[nodiscard]] OnlinePage list_online(std::uint64_t, std::size_t) override { return {}; }
  [[nodiscard]] std::size_t parts() const noexcept override { return visits_.size(); }
  PassResult pass(std::size_t part) noexcept override {
    ++visits_[part];
    time += cost;
    if (part == waiting_part) return {.waiting = true};
    return {.timed_out = 2, .forgotten = 1};
  }
  [[nodiscard]] int visits(std::size_t part) const { return visits_[part]; }

  std::chrono::nanoseconds time{0};
  std::chrono::nanoseconds cost{0};
  std::optional<std::size_t> waiting_part;

 private:
  std::vector<std::atomic<int>> visits_;
};

}  // namespace

TEST_CASE("a pass visits every part once and adds up what they did") {
  CountingStore store{100};
  store.cost = 7us;
  SweepPass pass{store.parts(), 0us};
  while (!pass.is_done()) pass.burst(store, [&] { return store.time; });
  for (std::size_t i = 0; i < store.parts(); ++i) CHECK(store.visits(i) == 1);
  CHECK(pass.timed_out() == 200);
  CHECK(pass.forgotten() == 100);
  CHECK(pass.work() == 700us);
}

TEST_CASE("a burst stops after its budget, one part at the least") {
  CountingStore store{100};
  SweepPass pass{store.parts(), 0us};
  store.cost = 20us;
  pass.burst(store, [&] { return store.time; });
  CHECK(store.time == 60us);  // the third part reaches 50 us
  store.cost = 900us;
  pass.burst(store, [&] { return store.time; });
  CHECK(store.time == 960us);
}

TEST_CASE("bursts are spread so that an expected pass fits its second") {
  struct Row {
    std::chrono::nanoseconds expected_work, pause;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({{0us, SweepPass::kLongestPause, "next to nothing to do"},
                                         {5ms, std::chrono::nanoseconds{800ms} / 101, "a hundred bursts"},
                                         {10s, 200us, "more than fits: a fifth of a core"}}));
  INFO(row.why);
  const SweepPass pass{100, row.expected_work};
  CHECK(pass.pause(0ms) == row.pause);
}

TEST_CASE("a pass that does not fit a second takes the share of a core that it was given") {
  CHECK(SweepPass{100, 10s, 50}.pause(0ms) == 50us);
  CHECK(SweepPass{100, 10s, 1}.pause(0ms) == 4950us);
  CHECK(SweepPass{100, 10s, 100}.pause(2s) == 0us);  // behind its plan
}

TEST_CASE("a part that waits for a receiver of edges ends the burst and is tried again") {
  CountingStore store{10};
  store.cost = 1us;
  store.waiting_part = 3;
  SweepPass pass{store.parts(), 0us};
  pass.burst(store, [&] { return store.time; });
  pass.burst(store, [&] { return store.time; });
  CHECK(store.visits(3) == 2);
  CHECK(store.visits(4) == 0);
  CHECK(pass.timed_out() == 6);
  store.waiting_part.reset();
  pass.burst(store, [&] { return store.time; });
  CHECK(pass.is_done());
  CHECK(pass.timed_out() == 20);
  CHECK(store.visits(3) == 3);
}

TEST_CASE("a pass that falls behind its plan hurries") {
  CountingStore store{100};
  store.cost = 50us;
  SweepPass pass{store.parts(), 5ms};
  pass.burst(store, [&] { return store.time; });
  CHECK(pass.pause(8ms) > 200us);    // one percent done after one percent of the time
  CHECK(pass.pause(80ms) == 200us);  // after ten percent
}

TEST_CASE("the sweeper passes again and again, keeps the clock ticking, and stops when asked") {
  CountingStore store{8};
  Clock clock{{.ttl = 1, .retain = 1}, false, read_boot_time()};
  const Second first = clock.published().load().now;
  {
    const Sweeper sweeper{clock, store};
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (sweeper.stats().passes < 2 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    CHECK(sweeper.stats().passes >= 2);
    CHECK(sweeper.stats().timed_out == sweeper.stats().passes * 16);
    CHECK(sweeper.stats().forgotten == sweeper.stats().passes * 8);
  }
  CHECK(clock.published().load().now > first);
  for (std::size_t i = 0; i < store.parts(); ++i) CHECK(store.visits(i) >= 2);
}

TEST_CASE("the sweep tells how far it is behind") {
  CountingStore store{8};
  Clock clock{{.ttl = 1, .retain = 1}, false, read_boot_time()};
  const Sweeper sweeper{clock, store};
  const BootTime start = read_boot_time();
  // Ahead of its real time, the clock stands still between these.
  for (int second = 1; second <= 50; ++second) clock.advance(start + std::chrono::seconds{second});
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (sweeper.stats().lag_s != 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  CHECK(sweeper.stats().lag_s == 0);
  clock.advance(start + 150s);  // a jump: in doubt nothing is swept
  CHECK(sweeper.stats().lag_s == 100);
}
