// A store that answers later and on another thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "store/memory_store.hpp"

namespace lastbeat::test {

// Hands every batch to a thread of its own, in order; refuses all of them when told so.
class SlowStore final : public Store {
 public:
  SlowStore() : thread_{[this] { run(); }} {}
  ~SlowStore() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  SlowStore(const SlowStore&) = delete;
  SlowStore& operator=(const SlowStore&) = delete;

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override {
    const std::lock_guard lock{mutex_};
    work_.emplace_back([this, commands, answers, &done] {
      if (is_down) return done.batch_done(BatchResult::kUnavailable);
      if (!knows_only_even) return memory_.execute(commands, answers, done);
      execute_for_even(commands, answers, done);
    });
    changed_.notify_one();
  }
  [[nodiscard]] std::uint64_t online() const noexcept override { return memory_.online(); }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return memory_.entries(); }
  [[nodiscard]] RemoteFigures remote() const noexcept override { return {.is_reachable = !is_down}; }
  [[nodiscard]] bool can_count() const noexcept override { return counts; }
  [[nodiscard]] bool can_list() const noexcept override { return lists; }
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit) override {
    return memory_.list_online(cursor, limit);
  }

  // Lets nothing through until release().
  void hold() {
    const std::lock_guard lock{mutex_};
    held_ = true;
  }
  void release() {
    const std::lock_guard lock{mutex_};
    held_ = false;
    changed_.notify_one();
  }

  std::atomic<bool> is_down{false};
  std::atomic<bool> knows_only_even{false};  // as if the rest lived on a node that cannot be reached
  std::atomic<bool> counts{true};
  std::atomic<bool> lists{true};

 private:
  struct Ignored final : BatchCompletion {
    void batch_done(BatchResult) noexcept override {}
  };
  void execute_for_even(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
    Ignored ignored;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (static_cast<std::uint64_t>(commands[i].user) % 2 == 0) {
        memory_.execute(commands.subspan(i, 1), answers.subspan(i, 1), ignored);
      } else {
        answers[i] = {.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};
      }
    }
    done.batch_done(BatchResult::kPartly);
  }
  void run() {
    std::unique_lock lock{mutex_};
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || (!held_ && !work_.empty()); });
      if (work_.empty()) return;
      const auto task = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      std::this_thread::yield();
      task();
      lock.lock();
    }
  }

  const PublishedTime time_{{.now = 100}};
  MemoryStore memory_{{}, time_};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool held_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace lastbeat::test
