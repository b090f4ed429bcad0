#include "stream.hpp"

#include <chrono>
#include <stdexcept>
#include <system_error>

namespace lastbeat {
namespace {

Error connect_error(const Route& route, const std::string& why) {
  return {.kind = ErrorKind::kConnect,
          .message = "cannot connect to " + text::to_string(route.endpoint()) + ": " + why};
}

std::error_code aborted() { return asio::error::make_error_code(asio::error::operation_aborted); }

void check_duration(const char* name, std::chrono::milliseconds duration) {
  constexpr std::chrono::hours kMost{24 * 366};  // clocks overflow some 200 years later
  if (duration >= std::chrono::milliseconds::zero() && duration <= kMost) return;
  throw std::invalid_argument(std::string{name} + " is " + std::to_string(duration.count()) +
                              " ms; allowed: 0 to 366 days");
}

}  // namespace

Route::Route(const ClientOptions& options) : endpoint_{text::parse_endpoint(options.server)} {
  check_duration("connect_timeout", options.connect_timeout);
  check_duration("request_timeout", options.request_timeout);
  check_duration("first_backoff", options.first_backoff);
  check_duration("longest_backoff", options.longest_backoff);
  if (options.tls.enabled) secure_ = make_secure_context(options.tls);
  if (const auto* tcp = std::get_if<text::TcpEndpoint>(&endpoint_)) {
    server_name_ = options.tls.server_name.empty() ? tcp->host : options.tls.server_name;
  } else {
    secure_.reset();
  }
}

void Stream::async_open(const Route& route, Opened done) {
  if (const auto* local = std::get_if<text::UnixEndpoint>(&route.endpoint())) {
    return connect(route, {asio::local::stream_protocol::endpoint{local->path}}, done);
  }
  const auto& tcp = std::get<text::TcpEndpoint>(route.endpoint());
  std::error_code is_name;
  const auto address = asio::ip::make_address(tcp.host, is_name);
  if (!is_name) return connect(route, {asio::ip::tcp::endpoint{address, tcp.port}}, done);
  const auto looked_up = [this, &route, done](const std::error_code& error, const auto& found) {
    // A lookup that was under way when the stream was closed ends like any other.
    if (error || is_closed_) return done(connect_error(route, (error ? error : aborted()).message()));
    std::vector<Socket::endpoint_type> endpoints;
    for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
    connect(route, endpoints, done);
  };
  try {
    resolver_.async_resolve(tcp.host, std::to_string(tcp.port), looked_up);
  } catch (const std::system_error& error) {  // there is no thread for it
    asio::post(socket_.get_executor(),
               [failure = connect_error(route, error.code().message()), done = std::move(done)] { done(failure); });
  }
}

void Stream::connect(const Route& route, const std::vector<Socket::endpoint_type>& endpoints, const Opened& done) {
  const auto connected = [this, &route, done](const std::error_code& error, const auto&) {
    if (error || is_closed_) return done(connect_error(route, (error ? error : aborted()).message()));
    std::error_code ignored;
    is_local_ = std::holds_alternative<text::UnixEndpoint>(route.endpoint());
    if (!is_local_) {
      socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    }
    socket_.non_blocking(true, ignored);
    if (route.secure() == nullptr) return done(std::nullopt);
    shake_hands(route, done);
  };
  asio::async_connect(socket_, endpoints, connected);
}

void Stream::shake_hands(const Route& route, const Opened& done) {
  secure_ = route.secure()->wrap(socket_, route.server_name());
  secure_->async_handshake([this, done](const std::error_code& error) {
    if (!error) return done(std::nullopt);
    const std::string reason = secure_->reason(error);
    done(Error{.kind = ErrorKind::kConnect,
               .message = "no TLS with the server: " +
                          (reason.empty() ? error.message() + ": does it speak TLS at this address?" : reason)});
  });
}

std::string Stream::why_ended(const std::error_code& error, bool has_answered) const {
  std::string closed = "the server closed the connection";
  if (const std::string reason = secure_ ? secure_->reason(error) : ""; !reason.empty()) return closed + ": " + reason;
  if (has_answered || is_local_) return closed;
  return closed + (secure_ ? " before its first answer: does it want a certificate of the client?"
                           : " before its first answer: does it want TLS?");
}

void Stream::async_write(asio::const_buffer bytes, Moved done) {
  if (secure_) {
    secure_->async_write(bytes, std::move(done));
  } else {
    asio::async_write(socket_, bytes, std::move(done));
  }
}

void Stream::async_read_some(asio::mutable_buffer into, Moved done) {
  if (secure_) return secure_->async_read_some(into, std::move(done));
  // Not socket_.async_read_some(), which would try to receive at once, mostly in vain.
  socket_.async_wait(Socket::wait_read, [this, into, done = std::move(done)](std::error_code error) {
    const std::size_t bytes = error ? 0 : socket_.read_some(into, error);
    if (error != asio::error::would_block) return done(error, bytes);
    done({}, 0);
  });
}

std::size_t Stream::read_some(asio::mutable_buffer into, std::error_code& error) {
  return secure_ ? secure_->read_some(into, error) : socket_.read_some(into, error);
}

void Stream::cancel() noexcept {
  std::error_code ignored;
  resolver_.cancel();
  socket_.cancel(ignored);
}

void Stream::close() noexcept {
  std::error_code ignored;
  is_closed_ = true;
  resolver_.cancel();
  socket_.close(ignored);
}

}  // namespace lastbeat
