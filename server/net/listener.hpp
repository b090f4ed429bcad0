// Accepts connections on one address and hands them on.
#pragma once

#include <asio.hpp>
#include <functional>
#include <string>

#include "net/address.hpp"
#include "net/socket.hpp"

namespace lastbeat {

// Threads: construction from any; everything else from the thread of the loop that it was given.
class Listener {
 public:
  // Who takes the connections.
  struct Sink {
    std::function<void(Socket)> accept;
    std::function<void(const std::error_code&)> failed;  // no descriptor left, for example; accepting goes on
  };

  // Binds and listens; a unix socket that a dead server left behind is replaced. Throws std::system_error, whose text
  // names the address, when that fails.
  Listener(asio::io_context& context, const StreamEndpoint& endpoint, Sink sink);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start() { wait(); }
  void stop() noexcept;
  // With the port that the system chose, if it was asked to.
  [[nodiscard]] std::string address() const;

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;

  void wait();
  void accept_waiting();
  void wait_later();

  Acceptor acceptor_;
  asio::steady_timer retry_;
  Sink sink_;
  std::string unix_path_;  // to be removed at the end; empty for TCP
};

}  // namespace lastbeat
