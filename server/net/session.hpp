// One connection: waits until it is readable, reads, lets its codec cut out every whole request, executes them as one
// batch, writes once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "net/batch.hpp"
#include "net/codec.hpp"
#include "net/readiness.hpp"
#include "net/socket.hpp"
#include "store/store.hpp"
#include "table/budget.hpp"

namespace lastbeat {

class EventLoop;
struct ServedListener;

// Lives on one event loop and is touched by no other thread, batch_done excepted. At any time it does one thing: wait
// for requests, wait for the store, wait for the peer to read, or linger. Input is not read while replies are waiting
// to be sent, so what a peer can make the server hold is bounded: one read, one request, the replies to one batch. What
// all of them hold together is bounded too: whoever would go beyond that is told so, and closed. An idle connection
// holds no buffer.
class Session final : public std::enable_shared_from_this<Session>, private Watcher, private BatchCompletion {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = Clock::time_point (*)();

  // `lease` is the connection's place among those that are allowed; it is given back when the session dies.
  Session(Socket socket, ServedListener& listener, Lease lease, EventLoop& loop);

  void start();
  // Says goodbye as soon as what has been begun is finished, then closes without cutting the goodbye off.
  void end(EndReason reason);
  // The caller holds a reference to the session: the loop lets go of its own.
  void close() noexcept;
  // Closes what has been silent, or has not read, for too long. Called about once a second.
  void check_deadlines();

 private:
  friend class EventLoop;

  enum class State : std::uint8_t { kReading, kExecuting, kWriting, kLingering, kClosed };
  enum class BatchState : std::uint8_t { kIdle, kCalling, kPending, kDone };

  // Runs one turn; when memory runs out in it, this connection ends and the others live.
  template <class Turn>
  void guarded(Turn turn);
  void on_ready() override;
  // What to be told about by on_ready from now on.
  void watch(Interest interest);
  void on_readable();
  void read_into_scratch();
  void read_into_pending();
  void on_writable();
  // Deals with the outcome of a read; false when there is nothing to go on with.
  bool has_read(Transfer read);

  // Decodes and executes one batch from the front of `input`; returns how much of it is dealt with.
  std::size_t consume(std::span<const std::byte> input);
  void consume_pending();
  void take_posted_turn();
  void note_request(const Decoded& decoded);
  [[nodiscard]] bool is_request_slow() const;
  void give_up_handshake();
  // In pending_: what was not decoded to its end.
  [[nodiscard]] bool has_whole_requests() const noexcept { return !pending_.empty() && wanted_ == 0; }
  void keep(std::span<const std::byte> rest);
  // True when the batch is through; false when the store will tell later.
  bool execute_batch();
  void batch_done(BatchResult result) noexcept override;
  void on_batch_done();
  void render_batch();
  // Sends what has been rendered and decides what to wait for next. Ends every turn of the loop.
  void finish_turn();
  void send_rendered();
  void go_on();
  [[nodiscard]] std::uint64_t held_bytes() const noexcept;
  void give_way(bool is_heard);
  void post_turn();
  void linger();
  void drain();

  Socket socket_;
  ServedListener& listener_;
  std::unique_ptr<Codec> codec_;
  Lease lease_;
  EventLoop& loop_;
  std::list<std::shared_ptr<Session>>::iterator place_;  // in the loop's list

  State state_ = State::kReading;
  Interest watched_ = Interest::kNone;
  bool is_turn_posted_ = false;  // to go on with what has been received already
  bool said_goodbye_ = false;
  bool is_last_batch_ = false;       // what the codec says to it are its last words
  bool has_rendered_ = false;        // a batch, in this turn
  std::optional<EndReason> ending_;  // goodbye is due for this reason

  Buffer pending_;              // input that could not be dealt with yet
  std::size_t pending_at_ = 0;  // where in it that starts
  std::size_t in_codec_ = 0;    // bytes of the request that is not whole, and that the codec keeps
  std::size_t wanted_ = 0;      // bytes that the request in pending_ has in all; 0: pending_ was not decoded to its end
  Buffer unsent_;               // replies that the socket did not take
  std::size_t sent_ = 0;        // bytes of unsent_ that it took since
  Share held_;                  // held_bytes(), as of the last turn's end
  Clock::time_point deadline_start_;  // last whole request, last progress in sending, or begin of lingering
  std::optional<Clock::time_point> request_start_;  // when the request began to arrive that is not whole yet

  Clock::time_point turn_start_;  // of the last one that read, or went on with what had been read
  std::unique_ptr<Batch> batch_;  // while the store works on it
  std::atomic<BatchState> batch_state_{BatchState::kIdle};
  BatchResult batch_result_ = BatchResult::kDone;
};

}  // namespace lastbeat
