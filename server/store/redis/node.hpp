// The way to one Redis server: one connection after the other, calls of the script pipelined on it.
#pragma once

#include <asio.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>

#include "backoff.hpp"
#include "redis/call.hpp"
#include "redis/connection.hpp"
#include "redis/greeting.hpp"
#include "store/redis_config.hpp"
#include "stream.hpp"

namespace lastbeat::redis {

// Told on the node's executor.
class NodeOwner {
 public:
  virtual void on_up(const ServerFacts& facts) = 0;
  // One number of the script's reply, for call.commands[call.answered].
  virtual void on_number(Call& call, std::int64_t number) = 0;
  virtual void on_done(Call& call) = 0;
  // The connection, or the attempt to make one, has ended; on_failed() follows for every call that was under way.
  virtual void on_down(const std::string& reason) = 0;
  // From call.answered on, commands may or may not have counted.
  virtual void on_failed(Call& call) = 0;

 protected:
  ~NodeOwner() = default;
};

// Calls are answered in order, so that one that is late makes all behind it late as well: then the connection is
// closed. Threads: that of its executor.
class Node final : private ConnectionOwner {
 public:
  // Throws std::invalid_argument when a file cannot be used. `config` and `owner` outlive the node, and it outlives
  // whatever runs on the executor.
  Node(const asio::any_io_executor& executor, const Config& config, const Rules& rules, NodeOwner& owner);

  void start();
  // Fails what is under way, and tries no more.
  void stop();
  [[nodiscard]] bool is_up() const noexcept { return is_up_; }
  // Requires that it is up.
  void send(Call call, std::chrono::milliseconds now);

 private:
  void on_open() override;
  void on_element(const protocol::resp::Element& element) override;
  void on_end(const std::string& reason) override { fail(reason); }

  void take_reply(const protocol::resp::Element& element);
  void fail(const std::string& reason);
  void close();
  void try_again();
  void watch_deadline();

  const Config& config_;
  const std::string ttl_;
  const std::string retain_;
  NodeOwner& owner_;
  const asio::any_io_executor executor_;
  const Route route_;
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
};

}  // namespace lastbeat::redis
