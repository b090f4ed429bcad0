// The way to one server: calls go out on one connection after the other, pipelined, and come back within their time.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "backoff.hpp"
#include "call.hpp"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "node_session.hpp"
#include "stream.hpp"

namespace lastbeat {

struct NodeOptions {
  ClientOptions client{};
  std::size_t most_calls = 0;
  std::size_t most_users = 0;  // of all calls together
  bool repeat = false;         // a call that was in flight when the connection was lost, once
  // Calls fail at once while attempts to connect fail; these go on meanwhile.
  bool fails_when_away = false;
  Call::Clock::time_point (*now)() = &Call::Clock::now;  // of what has to be told as an age; timers have their own
};

// Connects when there is a call, and again, after a pause, when the connection is lost and calls wait. A call waits for
// a connection until its deadline. Replies come in order, so a call that is over before its replies are here
// (cancelled, too late) keeps its place until they are. A connection that owes replies and has brought none for the
// time of a call is taken for dead. So is one whose token the server does not take any more: the next signs in anew.
//
// Calls are told their outcome within submit(), cancel() and stop() never.
//
// Threads: that of its executor, which must be a strand or the context of one thread; load() from any. Held by shared
// pointers: what is under way holds it too, until stop().
class NodeConnection final : public NodeSessionOwner, public std::enable_shared_from_this<NodeConnection> {
 public:
  // Throws std::invalid_argument as lastbeat::Client does.
  NodeConnection(asio::any_io_executor executor, NodeOptions options);

  // Requires that load().add(users) was true; the place in the load is given back when the call's replies are here.
  // `id` is for cancel(); 0: it will not be asked for.
  void submit(std::unique_ptr<Call> call, std::size_t users, std::uint64_t id = 0);
  // The call is told kCancelled, unless its outcome is known.
  void cancel(std::uint64_t id);
  // All of them are, and the connection is closed. The next call makes another.
  void cancel_all();
  // The same, and calls that come later are cancelled as well. No handler holds the node afterwards.
  void stop();

  [[nodiscard]] Load& load() noexcept { return load_; }
  [[nodiscard]] bool is_connected() const noexcept { return state_ == State::kReady; }
  // An attempt to connect has failed, and none has succeeded since.
  [[nodiscard]] bool is_away() const noexcept { return last_failure_.has_value(); }
  // The server was restarted, or out of reach for so long that users who are alive may look silent there; for one ttl
  // after that.
  [[nodiscard]] bool is_in_doubt() const { return options_.now() < doubt_until_; }
  // Of the latest greeting; the ttl is 0 before the first one.
  [[nodiscard]] const ServerInfo& server() const noexcept { return server_; }

 private:
  using Clock = Call::Clock;
  using Calls = std::deque<std::unique_ptr<Call>>;
  enum class State : std::uint8_t { kIdle, kConnecting, kReady, kPausing, kStopped };

  void on_ready(const ServerInfo& server) override;
  std::optional<Error> on_reply(const protocol::Frame& frame) override;
  void on_replies_end() override;
  void on_sent() override;
  void on_end(Error error) override;

  void connect();
  void pause();
  // Calls `act` once `delay` has passed, unless another delay begins before that.
  void after(std::chrono::milliseconds delay, void (NodeConnection::*act)());
  void on_attempt_late();
  void on_pause_over();
  void lose_connection(const Error& why, bool may_repeat);
  void fail_waiting(const Error& error);
  void take_greeting(const ServerInfo& server);

  void send_waiting();
  void send(std::unique_ptr<Call> call);
  void flush_soon();

  void watch_deadlines();
  void on_deadline();
  // Finishes the calls that are late.
  void expire(Clock::time_point now);
  [[nodiscard]] static Error outcome(const Call& call, Error why);
  [[nodiscard]] Error late_error() const;
  void finish_later(std::vector<std::unique_ptr<Call>> calls, Error error);

  const asio::any_io_executor executor_;
  const NodeOptions options_;
  const std::shared_ptr<const Route> route_;
  Load load_;
  State state_ = State::kIdle;
  std::shared_ptr<NodeSession> session_;         // kConnecting, kReady
  ServerInfo server_;                            // of the latest greeting
  Calls waiting_;                                // for a connection, or for room in its buffer; the oldest first
  Calls in_flight_;                              // in the order sent
  std::optional<Clock::time_point> away_since_;  // out of reach, as far as is known
  Clock::time_point doubt_until_;
  Clock::time_point heard_;  // the latest reply, or what was sent when none was due; for in_flight_
  std::uint16_t next_tag_ = 0;
  bool is_flush_due_ = false;

  asio::steady_timer delay_timer_;  // an attempt's end, or a pause's
  std::uint64_t delay_ = 0;         // the number of the delay that counts
  asio::steady_timer deadline_timer_;
  bool is_watching_ = false;
  Backoff backoff_;
  int failed_attempts_ = 0;  // in a row
  std::optional<Error> last_failure_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace lastbeat
