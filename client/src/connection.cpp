#include "connection.hpp"

#include <array>

namespace lastbeat {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;

Error connect_error(const text::Endpoint& endpoint, const std::string& why) {
  return {.kind = ErrorKind::kConnect, .message = "cannot connect to " + text::to_string(endpoint) + ": " + why};
}

}  // namespace

struct Connection::Exchange {
  const FrameSink& sink;
  const std::function<bool()>& is_done;
  bool is_sent = false;
  bool send_failed = false;
  std::optional<Error> error;
  std::array<std::byte, kReadBytes> piece{};

  [[nodiscard]] bool is_over() const { return error.has_value() || (is_sent && !send_failed && is_done()); }
};

std::optional<Error> Connection::connect(const text::Endpoint& endpoint, Deadline deadline) {
  close();
  std::optional<std::error_code> outcome;
  asio::ip::tcp::resolver resolver{context_};
  asio::ip::tcp::socket tcp{context_};
  asio::local::stream_protocol::socket local{context_};
  const auto finish = [&](const std::error_code& error) { outcome = error; };
  if (const auto* unix_endpoint = std::get_if<text::UnixEndpoint>(&endpoint)) {
    local.async_connect(asio::local::stream_protocol::endpoint{unix_endpoint->path}, finish);
  } else {
    const auto& host = std::get<text::TcpEndpoint>(endpoint);
    resolver.async_resolve(host.host, std::to_string(host.port), [&](const std::error_code& error, const auto& found) {
      if (error) return finish(error);
      asio::async_connect(tcp, found, [&](const std::error_code& failed, const auto&) { finish(failed); });
    });
  }
  if (!run_until(deadline, [&] { return outcome.has_value(); })) {
    resolver.cancel();
    std::error_code ignored;
    tcp.close(ignored);
    local.close(ignored);
    context_.run();  // lets the cancelled handlers go before what they refer to
    return connect_error(endpoint, "no answer in time");
  }
  if (*outcome) return connect_error(endpoint, outcome->message());
  if (tcp.is_open()) {
    std::error_code ignored;
    tcp.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket_ = std::move(tcp);
  } else {
    socket_ = std::move(local);
  }
  return std::nullopt;
}

std::optional<Error> Connection::secure(SecureContext& context, const std::string& host, Deadline deadline) {
  const auto failed = [this](const std::string& why) {
    close();
    return Error{.kind = ErrorKind::kConnect, .message = "no TLS with the server: " + why};
  };
  std::optional<std::error_code> outcome;
  secure_ = context.wrap(socket_, host);
  secure_->async_handshake([&](const std::error_code& error) { outcome = error; });
  if (!run_until(deadline, [&] { return outcome.has_value(); })) {
    std::error_code ignored;
    socket_.cancel(ignored);
    context_.run();  // lets the cancelled handler go before what it refers to
    return failed("no answer in time");
  }
  if (!*outcome) return std::nullopt;
  const std::string reason = secure_->reason();
  return failed(reason.empty() ? outcome->message() : reason);
}

std::optional<Error> Connection::exchange(std::span<const std::byte> out, Deadline deadline, const FrameSink& sink,
                                          const std::function<bool()>& is_done) {
  Exchange exchange{.sink = sink, .is_done = is_done, .is_sent = false, .send_failed = false, .error = {}, .piece = {}};
  send_all(out, exchange);
  deliver(exchange);
  if (!exchange.is_over()) read_more(exchange);

  const bool in_time = run_until(deadline, [&] { return exchange.is_over(); });
  if (!in_time) {
    exchange.error = {.kind = ErrorKind::kTimeout, .message = "the server did not answer in time"};
  }
  if (exchange.error) close();
  std::error_code ignored;
  socket_.cancel(ignored);
  context_.restart();
  context_.run();  // lets the cancelled handlers go before what they refer to
  return exchange.error;
}

void Connection::send_all(std::span<const std::byte> out, Exchange& exchange) {
  const auto sent = [&exchange](const std::error_code& error, std::size_t) {
    exchange.is_sent = true;
    // The server has closed, but its goodbye may still be there to be read: the read that is under way tells.
    exchange.send_failed = static_cast<bool>(error);
  };
  const auto bytes = asio::buffer(out.data(), out.size());
  if (secure_) {
    secure_->async_write(bytes, sent);
  } else {
    asio::async_write(socket_, bytes, sent);
  }
}

void Connection::read_more(Exchange& exchange) {
  const auto received = [this, &exchange](const std::error_code& error, std::size_t bytes) {
    received_.insert(received_.end(), exchange.piece.begin(),
                     exchange.piece.begin() + static_cast<std::ptrdiff_t>(bytes));
    deliver(exchange);
    if (exchange.error || error == asio::error::operation_aborted) return;
    if (!error) {
      // A read stays under way until the exchange is over, also when only the sending is left to be finished.
      if (!exchange.is_over()) read_more(exchange);
    } else if (!exchange.is_over()) {
      const bool within_frame = !received_.empty();
      exchange.error = {.kind = ErrorKind::kClosed,
                        .message = within_frame ? "the server closed the connection within a reply"
                                                : "the server closed the connection"};
    }
  };
  if (secure_) {
    secure_->async_read_some(asio::buffer(exchange.piece), received);
  } else {
    socket_.async_read_some(asio::buffer(exchange.piece), received);
  }
}

void Connection::deliver(Exchange& exchange) {
  std::size_t delivered = 0;
  while (!exchange.error) {
    const auto cut = protocol::cut_frame(std::span{received_}.subspan(delivered), protocol::kLargestPayload);
    if (std::holds_alternative<protocol::NeedMore>(cut)) break;
    if (const auto* frame = std::get_if<protocol::Frame>(&cut)) {
      delivered += frame->size_bytes();
      exchange.error = exchange.sink(*frame);
    } else {
      exchange.error = {.kind = ErrorKind::kProtocol, .message = "this is no Lastbeat server: its answer is no frame"};
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

bool Connection::drop_if_ended() {
  if (!socket_.is_open()) return false;
  std::array<std::byte, 4096> piece{};
  std::error_code error;
  socket_.non_blocking(true, error);
  // Events may be waiting; there is not much of them. Whatever is left will be read by the next exchange.
  constexpr int kMostReads = 16;
  for (int i = 0; i < kMostReads && !error; ++i) {
    const auto into = asio::buffer(piece);
    const std::size_t bytes = secure_ ? secure_->read_some(into, error) : socket_.read_some(into, error);
    received_.insert(received_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  if (!error || error == asio::error::would_block) return false;
  close();
  return true;
}

void Connection::close() noexcept {
  std::error_code ignored;
  secure_.reset();
  socket_.close(ignored);
  received_.clear();
}

}  // namespace lastbeat
