// TLS over a connected socket, for the client.
#pragma once

#include <asio.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "lastbeat/options.hpp"

namespace lastbeat {

// One connection. Threads: one at a time. Destroy it before the socket that it was made over.
class SecureStream {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Moved = std::function<void(const std::error_code&, std::size_t)>;

  virtual ~SecureStream() = default;
  virtual void async_handshake(std::function<void(const std::error_code&)> done) = 0;
  virtual void async_write(asio::const_buffer bytes, Moved done) = 0;
  virtual void async_read_some(asio::mutable_buffer into, Moved done) = 0;
  // What has arrived; the socket must not block.
  virtual std::size_t read_some(asio::mutable_buffer into, std::error_code& error) = 0;
  // What an error of this stream's means, with a question where the cause can only be guessed: the handshake failed, or
  // the server ended TLS. Empty when the connection has ended without a word of TLS.
  [[nodiscard]] virtual std::string reason(const std::error_code& error) const = 0;
};

// What all connections of a client share.
class SecureContext {
 public:
  virtual ~SecureContext() = default;
  // `host` is whom the server's certificate must name.
  [[nodiscard]] virtual std::unique_ptr<SecureStream> wrap(SecureStream::Socket& socket, const std::string& host) = 0;
};

// Throws std::invalid_argument that names the file that cannot be used, or says that this library has no TLS.
[[nodiscard]] std::unique_ptr<SecureContext> make_secure_context(const TlsOptions& options);

}  // namespace lastbeat
