// Presence in a table of DynamoDB that several servers share. docs/stores.md says what it promises.
#pragma once

#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "backoff.hpp"
#include "dynamo/caller.hpp"
#include "dynamo/exchanges.hpp"
#include "dynamo/job.hpp"
#include "dynamo/pending_reads.hpp"
#include "dynamo/pending_writes.hpp"
#include "ops/rate_limit.hpp"
#include "store/dynamo_config.hpp"
#include "store/store.hpp"
#include "table/published_time.hpp"

namespace lastbeat::dynamo {

// The clocks of the server: the one whose seconds commands name, and Unix time.
struct Clocks {
  std::function<std::chrono::milliseconds()> server_time;
  std::function<UnixTime()> unix_time;
};

// Stamps are made here, by Unix time. While DynamoDB is away, heartbeats and leaves are kept and are written when it is
// back. Has a thread of its own.
class DynamoStore final : public Store, private CallerOwner, private ExchangeOwner {
 public:
  // What `clocks` use, and `time`, outlive the store. Throws std::runtime_error when DynamoDB must answer and does not.
  DynamoStore(Config config, const Rules& rules, Clocks clocks, const PublishedTime& time,
              const Environment& environment);
  ~DynamoStore() override;
  DynamoStore(const DynamoStore&) = delete;
  DynamoStore& operator=(const DynamoStore&) = delete;

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override;
  // DynamoDB could only count by reading every item: not known here.
  [[nodiscard]] std::uint64_t online() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return 0; }
  [[nodiscard]] RemoteFigures remote() const noexcept override;
  [[nodiscard]] bool can_count() const noexcept override { return false; }
  // Waits until what was kept is written, while DynamoDB answers and for `Config::timeout` at most.
  void finish() override;

 private:
  using JobPtr = std::shared_ptr<Job>;

  void on_answer() override;
  bool on_trouble(const std::string& reason, Time since) override;
  void on_refusal(const std::string& reason) override { go_away(reason); }
  void on_over() override;
  void on_read(const PendingReads::Read& read, UnixStamp stamp, UnixTime asked) override;
  void on_unread(const PendingReads::Read& read) override;
  void on_written(UserId user) override;
  void on_unwritten(UserId user) override;

  [[nodiscard]] ExchangeOwner& owner() noexcept { return *this; }
  void run(const JobPtr& job);
  void run_on(const JobPtr& job);
  void write(const JobPtr& job, std::size_t index);
  void ask(const JobPtr& job, std::size_t index);
  void answer_alone(Job& job, std::size_t index, const PendingWrites::Held& held);
  void close(const PendingWrites::Waiters& waiters);
  void close_one(const JobPtr& job);
  void answer_the_late();
  void pump();
  bool start_read();
  bool start_write();
  [[nodiscard]] std::optional<UserStamp> next_write();
  void go_away(const std::string& reason);
  void come_back();
  void probe();
  void probe_after(std::chrono::milliseconds pause);
  void count_kept();
  void stop();
  [[nodiscard]] Second now() const;
  [[nodiscard]] bool in_doubt() const;

  const Config config_;
  const Rules rules_;
  const Clocks clocks_;
  const PublishedTime& time_;

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  PendingWrites writes_;
  PendingReads reads_;
  Caller caller_;
  bool is_turn_of_reads_ = false;
  bool is_up_ = false;
  bool is_probing_ = false;
  bool is_stopped_ = false;
  Time last_answer_ = Time::clock::now();
  Time up_since_{};
  bool was_away_ = false;  // since the last answer
  Second doubt_until_ = 0;
  asio::steady_timer pulse_;
  Backoff backoff_;
  std::mt19937_64 random_{std::random_device{}()};
  RateLimit away_log_;
  bool is_return_news_ = true;                               // to the log
  std::function<void(const std::string& reason)> at_start_;  // told once how the first attempt went
  std::function<void()> when_written_;

  std::atomic<bool> is_reachable_{false};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> overflows_{0};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace lastbeat::dynamo
