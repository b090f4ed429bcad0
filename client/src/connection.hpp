// A stream to a server: connects, sends bytes, cuts what comes back into frames. Every call ends by its deadline.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "lastbeat/result.hpp"
#include "protocol/frame.hpp"
#include "protocol/types.hpp"
#include "stream.hpp"

namespace lastbeat {

// Threads: one at a time.
class Connection {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // Told every frame that arrives. An error ends the exchange and closes the connection.
  using FrameSink = std::function<std::optional<Error>(const protocol::Frame&)>;

  // Looking up a name may outlast the deadline: the system's resolver cannot be interrupted. With TLS everything is
  // encrypted from then on. On an error the connection is closed.
  [[nodiscard]] std::optional<Error> connect(const Route& route, Deadline deadline);
  // Sends `out` and receives frames at the same time, so that neither side can block the other, until everything is
  // sent and `is_done()`. On an error the connection is closed.
  [[nodiscard]] std::optional<Error> exchange(std::span<const std::byte> out, Deadline deadline, const FrameSink& sink,
                                              const std::function<bool()>& is_done);
  // Closes the connection if the server has closed it meanwhile, and says so. Call when nothing is in flight: then
  // nothing is lost by connecting again.
  bool drop_if_ended();
  [[nodiscard]] bool is_open() const noexcept { return stream_ && stream_->is_open(); }
  void close() noexcept;

 private:
  struct Exchange;
  void send_all(std::span<const std::byte> out, Exchange& exchange);
  void read_more(Exchange& exchange);
  // The first bytes of piece_ have been received.
  void keep(std::size_t bytes);
  // Tells the sink every whole frame that has arrived, as long as the exchange wants any.
  void deliver(Exchange& exchange);
  // Runs the context until `is_over()`; false when the deadline came first.
  bool run_until(Deadline deadline, const std::function<bool()>& is_over);

  // Lets handlers that have been cancelled go before what they refer to.
  void drain();

  asio::io_context context_{1};
  std::optional<Stream> stream_;
  Buffer piece_;               // what is read into
  Buffer received_;            // behind the last frame that was delivered
  bool has_answered_ = false;  // on this connection
};

}  // namespace lastbeat
