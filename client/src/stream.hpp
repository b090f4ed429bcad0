// Bytes to and from a server: over TCP or a unix socket, with TLS or without.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "secure_stream.hpp"
#include "text/parse.hpp"

namespace lastbeat {

// Where a stream leads to. Threads: any, once made; it does not change.
class Route {
 public:
  // Throws std::invalid_argument when options.server is no address, a duration is out of bounds, or a file of
  // options.tls cannot be used.
  explicit Route(const ClientOptions& options);
  [[nodiscard]] const text::Endpoint& endpoint() const noexcept { return endpoint_; }
  // Null: in clear text. TLS is not spoken over unix sockets.
  [[nodiscard]] SecureContext* secure() const noexcept { return secure_.get(); }
  // Whom the server's certificate must name.
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

 private:
  text::Endpoint endpoint_;
  std::unique_ptr<SecureContext> secure_;
  std::string server_name_;
};

// One connection, once. Threads: that of its executor. Handlers run on it too, never within the call that takes them;
// those that are under way when the stream closes are told operation_aborted, and the stream must outlive them.
class Stream {
 public:
  using Moved = SecureStream::Moved;
  using Opened = std::function<void(std::optional<Error>)>;

  explicit Stream(const asio::any_io_executor& executor) : resolver_{executor}, socket_{executor} {}

  // Looks the name up, connects, and agrees on TLS. `route` must outlive that. Looking up a name may outlast close():
  // the system's resolver cannot be interrupted.
  void async_open(const Route& route, Opened done);
  void async_write(asio::const_buffer bytes, Moved done);
  void async_read_some(asio::mutable_buffer into, Moved done);
  // What has arrived; would_block when nothing has.
  std::size_t read_some(asio::mutable_buffer into, std::error_code& error);
  // For people: what the error of a read, which ended the connection, means. `has_answered`: the server has said
  // something since the stream was opened. If not, the two may not speak the same to each other.
  [[nodiscard]] std::string why_ended(const std::error_code& error, bool has_answered) const;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  // Ends whatever is under way, on an open stream too.
  void cancel() noexcept;
  void close() noexcept;

 private:
  using Socket = SecureStream::Socket;
  void connect(const Route& route, const std::vector<Socket::endpoint_type>& endpoints, const Opened& done);
  void shake_hands(const Route& route, const Opened& done);

  asio::ip::tcp::resolver resolver_;
  Socket socket_;
  bool is_closed_ = false;
  bool is_local_ = false;                 // a unix socket, over which there is no TLS
  std::unique_ptr<SecureStream> secure_;  // over the socket; null: nothing is encrypted
};

}  // namespace lastbeat
