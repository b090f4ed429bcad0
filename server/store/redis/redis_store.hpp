// Presence in a Redis that several servers share. docs/stores.md says what it promises.
#pragma once

#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "ops/rate_limit.hpp"
#include "redis/call.hpp"
#include "redis/servers.hpp"
#include "store/backlog.hpp"
#include "store/redis_config.hpp"
#include "store/store.hpp"
#include "table/published_time.hpp"

namespace lastbeat::redis {

// In one Redis server or in a cluster. Stamps are made by Redis' own clock, in a script, so that servers with other
// clocks may write the same users. While a server is away, heartbeats and leaves are kept here and are written when it
// is back. Has a thread of its own.
class RedisStore final : public Store, private ServersOwner {
 public:
  using ServerTime = Servers::ServerTime;

  // `time` and what `server_time` uses outlive the store. Throws std::runtime_error when Redis must answer and does
  // not.
  RedisStore(Config config, const Rules& rules, ServerTime server_time, const PublishedTime& time);
  ~RedisStore() override;
  RedisStore(const RedisStore&) = delete;
  RedisStore& operator=(const RedisStore&) = delete;

  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) override;
  // Redis could only count by visiting every key: not known here.
  [[nodiscard]] std::uint64_t online() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t entries() const noexcept override { return 0; }
  [[nodiscard]] RemoteFigures remote() const noexcept override;
  [[nodiscard]] bool can_count() const noexcept override { return false; }
  // Waits until what was kept is written, while Redis answers and for `Config::timeout` at most.
  void finish() override;

 private:
  struct SlotOfPlace {
    Slot slot = 0;
    std::uint32_t place = 0;  // among the commands of a job
    friend auto operator<=>(const SlotOfPlace&, const SlotOfPlace&) = default;
  };

  void on_change() override;
  void on_first_attempt(const std::string& reason) override;
  void on_number(Call& call, std::int64_t number) override;
  void on_done(Call& call) override;
  void on_failed(Call& call) override;

  void begin(const std::shared_ptr<Job>& job);
  // With the job's commands at these places, whose users are of one slot.
  void begin(Call call, std::span<const SlotOfPlace> places);
  void send(Call call);
  void drain();
  // Of a command that Redis has not answered.
  [[nodiscard]] Answer without_redis(const Command& command, Slot slot, Second arrived);
  void fail_kept(const Command& command, Slot slot);
  static void close_call(Job& job);
  void count_kept();
  void stop();
  [[nodiscard]] Second now() const;
  [[nodiscard]] bool in_doubt(Slot slot) const;

  const Config config_;
  const Rules rules_;
  const ServerTime server_time_;
  const PublishedTime& time_;

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::unique_ptr<Servers> servers_;
  Backlog backlog_;                 // by slot
  std::size_t drained_ = 0;         // commands under way in calls of kept ones alone
  std::size_t kept_under_way_ = 0;  // commands
  std::uint64_t lost_ = 0;          // kept commands that came to nothing
  RateLimit foreign_log_;
  std::function<void(const std::string& reason)> at_start_;  // told once how the first attempt went
  std::function<void()> when_written_;

  std::atomic<std::size_t> nodes_{0};
  std::atomic<std::size_t> nodes_reachable_{0};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> overflows_{0};
  std::thread thread_;  // last: it uses everything above
};

}  // namespace lastbeat::redis
