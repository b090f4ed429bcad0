#include "connection.hpp"

#include <system_error>

#include "conversation.hpp"

namespace lastbeat {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;

}  // namespace

struct Connection::Exchange {
  const FrameSink& sink;
  const std::function<bool()>& is_done;
  bool is_sent = false;
  bool send_failed = false;
  std::optional<Error> error;

  [[nodiscard]] bool is_over() const { return error.has_value() || (is_sent && !send_failed && is_done()); }
};

std::optional<Error> Connection::connect(const Route& route, Deadline deadline) {
  close();
  piece_.resize(kReadBytes);
  try {
    stream_.emplace(context_.get_executor());
  } catch (const std::system_error& failure) {  // no descriptor is left for the event loop
    return Error{.kind = ErrorKind::kConnect,
                 .message = "cannot connect to " + text::to_string(route.endpoint()) + ": " + failure.code().message()};
  }
  bool is_over = false;
  std::optional<Error> error;
  stream_->async_open(route, [&](std::optional<Error> failed) {
    is_over = true;
    error = std::move(failed);
  });
  if (!run_until(deadline, [&] { return is_over; })) {
    close();
    drain();
    error = Error{.kind = ErrorKind::kConnect,
                  .message = "cannot connect to " + text::to_string(route.endpoint()) + ": no answer in time"};
  }
  if (error) close();
  return error;
}

std::optional<Error> Connection::exchange(std::span<const std::byte> out, Deadline deadline, const FrameSink& sink,
                                          const std::function<bool()>& is_done) {
  Exchange exchange{.sink = sink, .is_done = is_done, .is_sent = false, .send_failed = false, .error = {}};
  send_all(out, exchange);
  deliver(exchange);
  if (!exchange.is_over()) read_more(exchange);

  const bool in_time = run_until(deadline, [&] { return exchange.is_over(); });
  if (!in_time) {
    exchange.error = {.kind = ErrorKind::kTimeout, .message = "the server did not answer in time"};
  }
  stream_->cancel();
  if (exchange.error) close();
  drain();
  return exchange.error;
}

void Connection::send_all(std::span<const std::byte> out, Exchange& exchange) {
  const auto sent = [&exchange](const std::error_code& error, std::size_t) {
    exchange.is_sent = true;
    // The server has closed, but its goodbye may still be there to be read: the read that is under way tells.
    exchange.send_failed = static_cast<bool>(error);
  };
  stream_->async_write(asio::buffer(out.data(), out.size()), sent);
}

void Connection::read_more(Exchange& exchange) {
  stream_->async_read_some(asio::buffer(piece_), [this, &exchange](const std::error_code& error, std::size_t bytes) {
    keep(bytes);
    deliver(exchange);
    if (exchange.error || error == asio::error::operation_aborted) return;
    if (!error) {
      // A read stays under way until the exchange is over, also when only the sending is left to be finished.
      if (!exchange.is_over()) read_more(exchange);
    } else if (!exchange.is_over()) {
      const bool within_frame = !received_.empty();
      exchange.error = {.kind = ErrorKind::kClosed,
                        .message = within_frame ? "the server closed the connection within a reply"
                                                : stream_->why_ended(error, has_answered_)};
    }
  });
}

void Connection::keep(std::size_t bytes) {
  received_.insert(received_.end(), piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

void Connection::deliver(Exchange& exchange) {
  std::size_t delivered = 0;
  while (!exchange.error) {
    const auto cut = protocol::cut_frame(std::span{received_}.subspan(delivered), protocol::kLargestPayload);
    if (std::holds_alternative<protocol::NeedMore>(cut)) break;
    if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
      delivered += frame->size_bytes();
      has_answered_ = true;
      exchange.error = exchange.sink(*frame);
    } else {
      exchange.error = no_frame();
    }
  }
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(delivered));
}

bool Connection::run_until(Deadline deadline, const std::function<bool()>& is_over) {
  context_.restart();
  while (!is_over()) {
    if (context_.run_one_until(deadline) == 0 && !is_over()) return false;
  }
  return true;
}

void Connection::drain() {
  context_.restart();
  context_.run();
}

bool Connection::drop_if_ended() {
  if (!is_open()) return false;
  std::error_code error;
  // Events may be waiting; there is not much of them. Whatever is left will be read by the next exchange.
  constexpr int kMostReads = 16;
  for (int i = 0; i < kMostReads && !error; ++i) {
    const std::size_t bytes = stream_->read_some(asio::buffer(piece_), error);
    keep(bytes);
  }
  if (!error || error == asio::error::would_block) return false;
  close();
  return true;
}

void Connection::close() noexcept {
  if (stream_) stream_->close();
  received_.clear();
  has_answered_ = false;
}

}  // namespace lastbeat
