// The bytes of a load to and from its server: a socket, or the client's TLS.
#pragma once

#include <asio.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/connect.hpp"

namespace lastbeat {
class Route;
class Stream;
}  // namespace lastbeat

namespace lastbeat::bench {

// One connection. Threads: that of its context. Handlers are not called within the call that takes them.
class Link {
 public:
  using Moved = std::function<void(const std::error_code&, std::size_t)>;

  explicit Link(Socket socket);
  Link(const asio::any_io_executor& executor, std::unique_ptr<Stream> encrypted);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] bool is_encrypted() const noexcept { return stream_ != nullptr; }
  // When it is not encrypted, for who reads and writes it without a detour.
  [[nodiscard]] Socket& socket() noexcept { return socket_; }
  [[nodiscard]] asio::any_io_executor get_executor() { return socket_.get_executor(); }

  void async_write(asio::const_buffer bytes, Moved done);
  void async_read_some(asio::mutable_buffer into, Moved done);
  [[nodiscard]] bool is_open() const noexcept;
  void close() noexcept;

 private:
  Socket socket_;
  std::unique_ptr<Stream> stream_;  // null: not encrypted
};

// Connects as connect() does, with TLS if the route says so, and signs in if there is a token: as long as each of that
// takes no more than 5 s. `context` as for connect(). Throws std::runtime_error that says why it does not come about.
[[nodiscard]] std::unique_ptr<Link> open_link(asio::io_context& context,
                                              const std::vector<Socket::endpoint_type>& endpoints, const Route& route,
                                              const std::string& token);

}  // namespace lastbeat::bench
