// The least that a server of one request at a time can do: what the kernel asks for it is the floor of all others.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <unordered_map>

#include "bench/compare_options.hpp"
#include "compare/descriptor.hpp"

namespace lastbeat::bench {

// Sends back what arrives: one thread, one level-triggered epoll_wait for all connections, one read and one write a
// message. A peer that does not take its echoes at once is cut off, so nothing is held for anybody.
class EchoServer {
 public:
  // Listens at once, on an IPv4 address; port 0 picks a free one. Throws std::system_error when it cannot.
  explicit EchoServer(const text::TcpEndpoint& listen);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // Serves until `stop`. Throws std::system_error when it cannot wait any more.
  void run();
  // Any thread, once.
  void stop();

 private:
  void accept_one();
  void echo(int connection);

  Descriptor epoll_;
  Descriptor stopper_;  // an eventfd
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::unordered_map<int, Descriptor> connections_;  // touched when one comes or goes
};

// Prints where it listens to `out` and serves until a signal ends the process. Throws as the class does.
[[nodiscard]] int run_echo(const EchoOptions& options, std::ostream& out);

}  // namespace lastbeat::bench
