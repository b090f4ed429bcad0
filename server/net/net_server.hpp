// The network side of the server: event loops, listeners, and how they start and stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/repeater.hpp"
#include "ops/history.hpp"
#include "ops/rate_limit.hpp"
#include "ops/report.hpp"
#include "presence/service.hpp"
#include "table/budget.hpp"

namespace lastbeat {

// One address, and what is spoken there.
struct ListenerConfig {
  StreamEndpoint endpoint;
  ListenerProtocol protocol;
  std::string name = "binary";  // of the protocol, in metrics and logs; its listeners are counted together
  SecureLayerFactory secure{};  // empty: nothing is encrypted
};

struct NetConfig {
  std::vector<ListenerConfig> listeners;
  std::size_t threads = 1;
  std::uint64_t max_connections = 10'000;
  SessionLimits limits;
  const auth::Authority* authority = nullptr;           // null: nobody has to sign in; outlives the server
  std::function<std::string(const Report&)> metrics{};  // writes them for Prometheus; empty: none are served
  std::chrono::milliseconds history_interval{History::kInterval};
  Session::Now turn_clock = Session::Clock::now;  // times turns; deadlines have the real one
};

// Threads: one owner; report(), stats(), history() and is_ready() from any thread.
class NetServer {
 public:
  // Binds every address; throws std::system_error that names the one that failed. `presence` outlives the server.
  NetServer(const NetConfig& config, PresenceService& presence);
  ~NetServer();
  NetServer(const NetServer&) = delete;
  NetServer& operator=(const NetServer&) = delete;

  void start();
  // Stops accepting, finishes replies, says goodbye, closes. Returns when all is closed, kGrace later at the latest.
  void stop();
  static constexpr std::chrono::seconds kGrace{3};
  // Connections over the limit that are told so at once; more are closed without a word.
  static constexpr std::uint64_t kMostRefusals = 256;

  // False until it serves, from stop() or drain() on, and while the store cannot be reached.
  [[nodiscard]] bool is_ready() const noexcept {
    return is_ready_.load(std::memory_order_relaxed) && presence_.remote().is_reachable;
  }
  // Serves on, but says that it is not ready: who watches that sends no more work. Any thread.
  void drain() noexcept { is_ready_.store(false, std::memory_order_relaxed); }

  // Calls `all_answered` on one of the loops' threads, once every loop has come round to it: never while one hangs.
  void ask_loops(const std::function<void()>& all_answered);

  // What is listened on, in the order of the configuration, with the ports that the system chose.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // The numbers of stats and metrics: docs/operations.md lists the names.
  [[nodiscard]] Report report() const;
  // The text of a stats reply.
  [[nodiscard]] std::string stats() const;
  // One report in ten seconds since start(), those of the last hour.
  [[nodiscard]] std::vector<History::Sample> history() const { return history_.samples(); }

 private:
  void accept(Socket socket, std::size_t listener);
  void hand_over(Socket socket, std::size_t listener);
  void add_to_history() noexcept;
  void accept_failed(const std::error_code& error, std::size_t listener);

  PresenceService& presence_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const std::chrono::system_clock::time_point started_on_ = std::chrono::system_clock::now();
  std::vector<std::string> names_;  // of the listeners' protocols
  Budget connections_;
  Budget refusals_;    // connections over the limit that are being told so
  Budget held_bytes_;  // of half requests and unread replies
  RateLimit refusal_log_;
  RateLimit error_log_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // on the first loop
  std::vector<SecureLayerFactory> secure_;            // of each listener
  History history_;
  std::unique_ptr<Repeater> historian_;  // on the first loop
  std::size_t next_loop_ = 0;            // used on the first loop's thread
  bool is_running_ = false;
  std::atomic<bool> is_ready_{false};
};

}  // namespace lastbeat
