// One thread and the sessions that live on it.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/codec.hpp"
#include "net/readiness.hpp"
#include "net/served_listener.hpp"
#include "net/session.hpp"
#include "net/spare.hpp"
#include "ops/rate_limit.hpp"
#include "presence/service.hpp"
#include "table/budget.hpp"

namespace lastbeat {

struct SessionLimits {
  std::chrono::milliseconds idle_timeout{std::chrono::minutes{5}};  // between whole requests; 0: never
  std::chrono::milliseconds slow_reader_timeout{std::chrono::seconds{30}};
  std::chrono::milliseconds linger{std::chrono::seconds{2}};              // for a goodbye to arrive
  std::chrono::milliseconds handshake_timeout{std::chrono::seconds{10}};  // of a secure layer
  // Of requests that are not whole, and replies that wait, of all connections together; those of up to 16 KiB a
  // connection come on top.
  std::uint64_t max_held_bytes = std::uint64_t{1} << 30U;
};

// Threads: construction, start, stop and join from one; everything else from the loop's own.
class EventLoop {
 public:
  static constexpr std::size_t kScratchBytes = std::size_t{256} << 10U;  // the most that one read takes

  // `listeners` tells what each of them speaks; the functions are those of CodecServices. Turns are timed by
  // `turn_clock`, and deadlines by Session::Clock. `held_bytes` is that of all loops, and outlives them.
  EventLoop(PresenceService& presence, const SessionLimits& limits, Budget& held_bytes,
            std::span<const ListenerProtocol> listeners, const ServerQuestions& questions,
            Session::Now turn_clock = Session::Clock::now);

  void start();
  // Ends every session: replies first, then a goodbye. The thread ends once all are closed, `grace` later at the
  // latest.
  void stop(std::chrono::milliseconds grace);
  void join();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  // Of one of the listeners; readable from any thread.
  [[nodiscard]] Counters& counters(std::size_t listener) noexcept { return listeners_[listener]->counters; }
  [[nodiscard]] const LatencyHistogram& turns(std::size_t listener) noexcept { return listeners_[listener]->turns; }

  // Any thread: takes over a connection to one of the listeners. It is served, or told `refusal` and closed.
  void adopt(Socket socket, Lease lease, std::size_t listener, std::optional<EndReason> refusal);

 private:
  friend class Session;  // shares the buffers below

  void add(Socket socket, Lease lease, std::size_t listener, std::optional<EndReason> refusal);
  void remove(std::list<std::shared_ptr<Session>>::iterator place) noexcept;
  void tick();
  void tell_out_of_memory() noexcept;
  void tell_overload();
  void end_all();
  void close_all();
  [[nodiscard]] std::unique_ptr<Batch> take_batch() { return spare_batch_.take(); }
  void give_back(std::unique_ptr<Batch> batch) noexcept;
  // Buffers for requests that are not whole yet; a session gives its own back when it has dealt with them.
  [[nodiscard]] Buffer take_buffer() noexcept;
  void give_back(Buffer buffer) noexcept;

  const SessionLimits limits_;
  const Session::Now turn_clock_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::steady_timer ticker_{context_};
  Readiness readiness_{context_};
  PresenceService& presence_;
  Budget& held_bytes_;
  std::vector<std::unique_ptr<ServedListener>> listeners_;
  RateLimit memory_log_;
  RateLimit overload_log_;

  std::list<std::shared_ptr<Session>> sessions_;
  Session::Clock::time_point now_ = Session::Clock::now();  // of the last tick: precise enough for deadlines
  std::optional<Session::Clock::time_point> last_call_;     // stopping: when to stop waiting for sessions

  // Used by one session at a time, from the beginning to the end of its turn.
  std::vector<std::byte> scratch_{std::vector<std::byte>(kScratchBytes)};
  Buffer rendered_;
  Spare<Batch> spare_batch_;
  std::vector<Buffer> spare_buffers_;
  std::size_t spare_bytes_ = 0;  // of all of them

  std::thread thread_;
};

}  // namespace lastbeat
