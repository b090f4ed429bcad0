#include "lastbeat/heartbeat_agent.hpp"

#include <algorithm>
#include <asio.hpp>
#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "beat_schedule.hpp"
#include "client_loop.hpp"
#include "lastbeat/async_client.hpp"

namespace lastbeat {
namespace {

using Clock = BeatSchedule::Clock;
using Batch = BeatSchedule::Batch;
using std::chrono::milliseconds;

// Until the server has said what it advises.
constexpr milliseconds kFirstInterval{10'000};
constexpr milliseconds kFirstTtl{30'000};
constexpr milliseconds kHelloRetry{1000};

// Moves batches from the schedule to the client when they are due. What is under way holds it.
class Keeper final : public std::enable_shared_from_this<Keeper> {
 public:
  Keeper(AsyncClient& client, AgentOptions options)
      : options_{std::move(options)},
        client_{client},
        strand_{client.get_executor()},
        timer_{strand_},
        schedule_{options_.most_users, options_.interval.value_or(kFirstInterval), kFirstTtl,
                  std::random_device{}() | 1U, Clock::now()} {}

  bool add(UserId user) {
    const std::lock_guard lock{mutex_};
    if (!schedule_.add(user, Clock::now())) return false;
    wake();
    return true;
  }
  void remove(UserId user, bool leave) {
    const std::lock_guard lock{mutex_};
    schedule_.remove(user, leave, Clock::now());
    if (leave) wake();
  }
  AgentCounters counters() const {
    const std::lock_guard lock{mutex_};
    AgentCounters counters = counters_;
    counters.users = schedule_.size();
    return counters;
  }
  void start() {
    const std::lock_guard lock{mutex_};
    wake();
  }
  // Neither the client nor on_trouble is called afterwards.
  void stop() {
    {
      const std::lock_guard lock{mutex_};
      is_stopped_ = true;
      asio::post(strand_, [self = shared_from_this()] { self->timer_.cancel(); });
    }
    const std::lock_guard told{telling_};
  }

 private:
  // Requires the lock.
  void wake() {
    if (is_stopped_ || std::exchange(is_awake_, true)) return;
    asio::post(strand_, [self = shared_from_this()] { self->work(); });
  }

  // --- on the strand ---

  void work() {
    // The lock is held while calls are made, so that stop() returns when none is being made. They complete later.
    const std::lock_guard lock{mutex_};
    is_awake_ = false;
    if (is_stopped_) return;
    const auto now = Clock::now();
    if (!is_asking_ && next_hello_ <= now) ask();
    while (auto batch = schedule_.take(now)) send(std::move(*batch));
    auto until = schedule_.next_due();
    if (!is_asking_) until = until ? std::min(*until, next_hello_) : next_hello_;
    if (until) wait(*until);
  }

  void wait(Clock::time_point until) {
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this()](const std::error_code& error) {
      if (!error) self->work();
    });
  }

  void ask() {
    is_asking_ = true;
    client_.hello(asio::bind_executor(strand_, [self = shared_from_this()](const Result<ServerInfo>& server) {
      const std::lock_guard lock{self->mutex_};
      self->is_asking_ = false;
      if (server) {
        self->schedule_.set_times(std::max(self->options_.interval.value_or(server.value().interval), milliseconds{1}),
                                  server.value().ttl);
      }
      self->next_hello_ = Clock::now() + (server ? self->schedule_.interval() : kHelloRetry);
      self->wake();
    }));
  }

  void send(Batch batch) {
    std::vector<UserId> users = batch.users;
    const bool is_leave = batch.kind == Batch::Kind::kLeave;
    const auto age = batch.age;
    auto done = asio::bind_executor(
        strand_, [self = shared_from_this(), batch = std::move(batch)](const Result<WriteResult>& written) mutable {
          self->finish(std::move(batch), written);
        });
    if (is_leave) {
      client_.leave(std::move(users), age, std::move(done));
    } else {
      client_.heartbeat(std::move(users), age, std::move(done));
    }
  }

  void finish(Batch batch, const Result<WriteResult>& written) {
    {
      const std::lock_guard lock{mutex_};
      if (is_stopped_) return;
      count(batch, written);
      schedule_.finish(std::move(batch), written.ok(), Clock::now());
      wake();
    }
    if (std::exchange(is_in_trouble_, !written.ok()) == !written.ok() || !options_.on_trouble) return;
    const std::lock_guard telling{telling_};
    if (is_stopped()) return;
    options_.on_trouble(written ? nullptr : &written.error());
  }

  bool is_stopped() const {
    const std::lock_guard lock{mutex_};
    return is_stopped_;
  }

  void count(const Batch& batch, const Result<WriteResult>& written) {
    if (!written) {
      ++counters_.failed_batches;
      return;
    }
    const std::uint64_t taken = batch.users.size() - written.value().refused;
    (batch.kind == Batch::Kind::kLeave ? counters_.leaves : counters_.heartbeats) += taken;
    counters_.refused += written.value().refused;
  }

  const AgentOptions options_;
  AsyncClient& client_;
  asio::strand<asio::any_io_executor> strand_;
  asio::steady_timer timer_;
  bool is_in_trouble_ = false;  // of the strand
  std::mutex telling_;          // held while on_trouble runs

  mutable std::mutex mutex_;  // guards what follows
  BeatSchedule schedule_;
  AgentCounters counters_;
  Clock::time_point next_hello_{};
  bool is_asking_ = false;
  bool is_awake_ = false;  // work() is about to run
  bool is_stopped_ = false;
};

AgentOptions checked(AgentOptions options) {
  if (options.interval && *options.interval <= milliseconds::zero()) {
    throw std::invalid_argument("an interval of " + std::to_string(options.interval->count()) +
                                " ms; allowed: 1 ms or more");
  }
  return options;
}

}  // namespace

class LASTBEAT_LOCAL HeartbeatAgent::Impl {
 public:
  Impl(ClientOptions client, AgentOptions options)
      : loop_{std::make_unique<ClientLoop>(std::move(client))},
        keeper_{std::make_shared<Keeper>(loop_->client(), checked(std::move(options)))} {
    keeper_->start();
    // What was due when there was no memory is tried again.
    loop_->start([this] { keeper_->start(); });
  }
  Impl(AsyncClient& client, AgentOptions options)
      : keeper_{std::make_shared<Keeper>(client, checked(std::move(options)))} {
    keeper_->start();
  }
  ~Impl() {
    keeper_->stop();
    if (loop_) loop_->stop();  // uses the keeper, whose strand is the loop's
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] Keeper& keeper() noexcept { return *keeper_; }

 private:
  std::unique_ptr<ClientLoop> loop_;  // null: the caller's
  std::shared_ptr<Keeper> keeper_;
};

HeartbeatAgent::HeartbeatAgent(ClientOptions client, AgentOptions options)
    : impl_{std::make_unique<Impl>(std::move(client), std::move(options))} {}
HeartbeatAgent::HeartbeatAgent(AsyncClient& client, AgentOptions options)
    : impl_{std::make_unique<Impl>(client, std::move(options))} {}
HeartbeatAgent::~HeartbeatAgent() = default;

bool HeartbeatAgent::add(UserId user) { return impl_->keeper().add(user); }
void HeartbeatAgent::remove(UserId user, bool leave) { impl_->keeper().remove(user, leave); }
AgentCounters HeartbeatAgent::counters() const { return impl_->keeper().counters(); }

}  // namespace lastbeat
