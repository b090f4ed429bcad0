// The way to one Redis server: one connection after the other, calls of the script pipelined on it.
#pragma once

#include <asio.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "backoff.hpp"
#include "ops/rate_limit.hpp"
#include "redis/call.hpp"
#include "redis/connection.hpp"
#include "redis/greeting.hpp"
#include "store/redis_config.hpp"
#include "stream.hpp"

namespace lastbeat::redis {

// The way to HOST:PORT or unix:PATH. Throws std::invalid_argument when a file cannot be used.
[[nodiscard]] std::shared_ptr<const Route> route_to(const std::string& server, const Config& config);

class Node;

// Told on the node's executor.
class NodeOwner {
 public:
  virtual void on_up(Node& node, const ServerFacts& facts) = 0;
  // One number of the script's reply, for call.commands[call.answered].
  virtual void on_number(Call& call, std::int64_t number) = 0;
  virtual void on_done(Call& call) = 0;
  // The connection, or the attempt to make one, has ended; on_failed() follows for every call that was under way.
  virtual void on_down(Node& node, const std::string& reason) = 0;
  // From call.answered on, commands may or may not have counted.
  virtual void on_failed(Call& call) = 0;
  // The server refuses the call, and may take others. True: the call has been dealt with; false: the connection is to
  // end, and on_failed() follows.
  virtual bool on_error(Node& node, Call& call, std::string_view error) = 0;

 protected:
  ~NodeOwner() = default;
};

// Calls are answered in order, so that one that is late makes all behind it late as well: then the connection is
// closed. Threads: that of its executor.
class Node final : private ConnectionOwner {
 public:
  // Throws std::invalid_argument when a file cannot be used. `owner` outlives the node, and it outlives whatever is
  // posted to the executor before stop() returns.
  Node(const asio::any_io_executor& executor, Config config, const Rules& rules, NodeOwner& owner);

  void start();
  // Fails what is under way, and tries no more.
  void stop();
  [[nodiscard]] bool is_up() const noexcept { return is_up_; }
  // Nothing is under way.
  [[nodiscard]] bool is_idle() const noexcept { return calls_.empty(); }
  [[nodiscard]] const std::string& server() const noexcept { return config_.address.server; }
  // Requires that it is up.
  void send(Call call, std::chrono::milliseconds now);

 private:
  void on_open() override;
  void on_element(const protocol::resp::Element& element) override;
  void on_end(const std::string& reason) override { fail(reason); }

  void take_reply(const protocol::resp::Element& element);
  void take_error(std::string_view error);
  void expect_next();
  void log_up();
  void log_down(const std::string& reason);
  void log_full();
  void fail(const std::string& reason);
  void close();
  void try_again();
  void watch_deadline();

  const Config config_;
  const std::string ttl_;
  const std::string retain_;
  NodeOwner& owner_;
  const asio::any_io_executor executor_;
  const std::shared_ptr<const Route> route_;
  std::shared_ptr<Connection> connection_;  // null between two attempts
  Greeting greeting_;
  bool is_up_ = false;
  bool is_stopped_ = false;
  bool is_within_reply_ = false;
  std::deque<Call> calls_;
  asio::steady_timer deadline_;
  bool is_watching_ = false;
  asio::steady_timer pause_;
  Backoff backoff_;
  std::mt19937_64 random_{std::random_device{}()};
  RateLimit down_log_;
  RateLimit full_log_;
  bool is_return_news_ = true;  // to the log
};

}  // namespace lastbeat::redis
