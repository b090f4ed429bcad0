// Signed requests to DynamoDB, repeated with pauses until they are answered or their time is over.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>

#include "backoff.hpp"
#include "dynamo/credential_source.hpp"
#include "dynamo/exchange.hpp"
#include "dynamo/http_client.hpp"
#include "ops/rate_limit.hpp"
#include "store/dynamo_config.hpp"

namespace lastbeat::dynamo {

// Told on the caller's context.
class CallerOwner {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // DynamoDB has answered something, be it that it has too much to do.
  virtual void on_answer() = 0;
  // It has not; `since`: when that request was sent. False: it is of no use to try again.
  virtual bool on_trouble(const std::string& reason, Time since) = 0;
  // It has refused what it would always refuse.
  virtual void on_refusal(const std::string& reason) = 0;
  // An exchange is over; there is room for another one.
  virtual void on_over() = 0;

 protected:
  ~CallerOwner() = default;
};

// Threads: that of the context.
class Caller {
 public:
  using UnixClock = CredentialSource::UnixClock;

  // `config` and `owner` outlive it; it outlives what runs on the context.
  Caller(asio::io_context& context, const Config& config, const Environment& environment, UnixClock clock,
         CallerOwner& owner);

  [[nodiscard]] bool has_room() const noexcept { return under_way_ < config_.address.requests && !is_stopped_; }
  // Takes one more, room or not.
  void start(std::unique_ptr<Exchange> exchange);
  // Gives up what is under way, and takes no more.
  void stop();

 private:
  using Time = CallerOwner::Time;
  struct Call {
    Call(asio::io_context& context, std::unique_ptr<Exchange> what, Time end);
    std::unique_ptr<Exchange> exchange;
    Time deadline;
    Time sent{};
    Backoff backoff;
    asio::steady_timer pause;
    bool was_rejected = false;  // for its credentials
  };
  using CallPtr = std::shared_ptr<Call>;

  void attempt(const CallPtr& call);
  void send(const CallPtr& call, const Credentials& credentials);
  void take(const CallPtr& call, const HttpReply& reply);
  void compare_clocks(std::chrono::sys_seconds date);
  void take_error(const CallPtr& call, const HttpReply& reply);
  void trouble(const CallPtr& call, const std::string& reason);
  void again(const CallPtr& call);
  void give_up(const CallPtr& call);
  void end();

  asio::io_context& context_;
  const Config& config_;
  const std::string scope_;
  const UnixClock clock_;
  CallerOwner& owner_;
  HttpClient http_;
  CredentialSource credentials_;
  RateLimit skew_log_;
  std::size_t under_way_ = 0;
  std::unordered_set<CallPtr> pausing_;
  bool is_stopped_ = false;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace lastbeat::dynamo
