// The background sweep: keeps the clock ticking and passes over the store once a second, in short bursts.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

#include "presence/clock.hpp"
#include "store/store.hpp"

namespace lastbeat {

// One pass over all parts of a store, in bursts. Reads no clock.
class SweepPass {
 public:
  // A pass that takes `expected_work` is spread so that it is through after about `kSpread`.
  static constexpr std::chrono::milliseconds kSpread{800};
  static constexpr std::chrono::microseconds kBurst{50};  // work between two pauses
  static constexpr std::chrono::milliseconds kLongestPause{100};
  static constexpr unsigned kUsualCpuPercent = 20;

  // It takes at most `cpu_percent` (1 to 100) of one core, even when it then lasts longer than a second.
  SweepPass(std::size_t parts, std::chrono::nanoseconds expected_work,
            unsigned cpu_percent = kUsualCpuPercent) noexcept;

  [[nodiscard]] bool is_done() const noexcept { return next_ == parts_; }
  // Passes over parts until `time()` says that a burst is over; at least one part. A part that waits for a receiver of
  // edges ends the burst and comes first in the next.
  template <class Time>
  void burst(Store& store, Time time) {
    const auto start = time();
    auto now = start;
    while (next_ < parts_ && now - start < kBurst) {
      const PassResult result = store.pass(next_);
      now = time();
      if (result.waiting) break;
      ++next_;
      timed_out_ += result.timed_out;
      forgotten_ += result.forgotten;
    }
    work_ += now - start;
  }
  // How long to leave the machine to others before the next burst, `elapsed` after the pass began.
  [[nodiscard]] std::chrono::nanoseconds pause(std::chrono::nanoseconds elapsed) const noexcept;

  [[nodiscard]] std::chrono::nanoseconds work() const noexcept { return work_; }
  [[nodiscard]] std::uint64_t timed_out() const noexcept { return timed_out_; }
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  std::size_t parts_;
  std::size_t next_ = 0;
  std::chrono::nanoseconds shortest_pause_;
  std::chrono::nanoseconds planned_pause_;
  std::chrono::nanoseconds work_{0};
  std::uint64_t timed_out_ = 0;
  std::uint64_t forgotten_ = 0;
};

struct SweepStats {
  std::uint64_t passes = 0;
  std::uint64_t timed_out = 0;       // users announced offline by passes
  std::uint64_t forgotten = 0;       // entries dropped
  std::uint64_t last_pass_us = 0;    // work of the last whole pass, pauses not counted
  std::uint64_t last_spread_us = 0;  // from its beginning to its end
  std::uint64_t lag_s = 0;           // since the second that the last whole pass was about, or since the start
};

// A thread that runs from construction to destruction. `clock` and `store` outlive it.
class Sweeper {
 public:
  // See SweepPass for `cpu_percent`.
  Sweeper(Clock& clock, Store& store, unsigned cpu_percent = SweepPass::kUsualCpuPercent);
  ~Sweeper();
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

  // Any thread.
  [[nodiscard]] SweepStats stats() const noexcept;

 private:
  void run(const std::stop_token& stop);
  void one_pass(const std::stop_token& stop, Second now, std::chrono::nanoseconds expected_work);
  // Sleeps, ticks the clock; false when it is time to stop.
  bool pause(const std::stop_token& stop, std::chrono::nanoseconds duration);

  Clock& clock_;
  Store& store_;
  const unsigned cpu_percent_;
  std::atomic<std::uint64_t> passes_{0};
  std::atomic<std::uint64_t> timed_out_{0};
  std::atomic<std::uint64_t> forgotten_{0};
  std::atomic<std::uint64_t> last_pass_us_{0};
  std::atomic<std::uint64_t> last_spread_us_{0};
  std::atomic<Second> swept_;  // what the last whole pass was about
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace lastbeat
