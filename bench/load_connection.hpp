// One connection of a load: keeps requests in flight and records how long they took.
#pragma once

#include <asio.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/dialect.hpp"
#include "bench/handler_memory.hpp"
#include "bench/histogram.hpp"
#include "bench/in_flight.hpp"
#include "bench/link.hpp"
#include "bench/schedule.hpp"

namespace lastbeat::bench {

// What the connections of one thread add up to.
struct Tally {
  Histogram latency_ns;                      // an entry an operation
  std::atomic<std::uint64_t> operations{0};  // read by others for the progress line
  std::atomic<std::uint64_t> errors{0};
  std::map<std::string, std::uint64_t> messages;  // the first few different ones

  void fail(const std::string& message, std::uint64_t count = 1);
};

// Threads: that of its context. Allocates nothing a request once its buffers have grown.
class LoadConnection {
 public:
  using Clock = std::chrono::steady_clock;

  struct Plan {
    std::uint32_t pipeline = 1;        // requests in flight at most
    std::uint32_t operations = 1;      // of one request
    std::optional<Schedule> schedule;  // empty: a request as soon as there is room in the pipeline
    std::uint64_t seed = 1;
  };

  LoadConnection(std::unique_ptr<Link> link, std::unique_ptr<Dialect> dialect, const Plan& plan, Tally& tally);
  // Call once, from the context's thread or before it runs. A schedule counts from `start`, which may lie in the past.
  // The context runs until the connection is lost or the context is stopped.
  void start(Clock::time_point start);

  // Operations whose replies have not come until `now`: those in flight and, with a schedule, those that were due. Call
  // when the context does not run.
  [[nodiscard]] std::uint64_t unanswered(Clock::time_point now) const;

 private:
  void fill_pipeline();
  void send();
  void send_encrypted();
  void wait_readable();
  void on_readable();
  void on_received(const std::error_code& error, std::size_t bytes);
  void wait_until_due(Clock::time_point due);
  [[nodiscard]] bool complete(const Replies& replies);
  void give_up(const std::string& message);

  const std::unique_ptr<Link> link_;
  Socket& socket_;  // the link's; of use when it is not encrypted
  asio::steady_timer timer_;
  std::shared_ptr<HandlerMemory> timer_memory_ = std::make_shared<HandlerMemory>();
  std::unique_ptr<Dialect> dialect_;
  const Plan plan_;
  Tally& tally_;
  Dialect::Random random_;
  Clock::time_point start_;
  std::uint64_t sent_requests_ = 0;
  InFlight<Clock::time_point> in_flight_;
  std::uint64_t refused_ = 0;  // operations, of requests that are not complete
  Buffer out_;
  Buffer sending_;  // by an encrypted write that is under way
  std::size_t out_sent_ = 0;
  bool is_waiting_writable_ = false;
  bool is_send_broken_ = false;
  bool is_waiting_due_ = false;
  Buffer in_;
  std::size_t in_size_ = 0;
};

}  // namespace lastbeat::bench
