#include "compare/echo_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ostream>

namespace lastbeat::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kMostEvents = 512;

sockaddr_in to_socket_address(const text::TcpEndpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  errno = EINVAL;
  checked(::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) == 1 ? 0 : -1,
          "'" + endpoint.host + "' is no IPv4 address");
  return address;
}

// The calls of sockets take the addresses of all families as one type.
sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

Descriptor listen_on(sockaddr_in address) {
  Descriptor listener{checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")};
  const int yes = 1;
  checked(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "SO_REUSEADDR");
  checked(::bind(listener.get(), generic(address), sizeof address), "bind");
  checked(::listen(listener.get(), SOMAXCONN), "listen");
  return listener;
}

std::uint16_t port_of(const Descriptor& listener) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  checked(::getsockname(listener.get(), generic(address), &length), "getsockname");
  return ntohs(address.sin_port);
}

void watch(const Descriptor& epoll, const Descriptor& watched) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = watched.get();
  checked(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, watched.get(), &event), "epoll_ctl");
}

bool is_retry(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

EchoServer::EchoServer(const text::TcpEndpoint& listen)
    : epoll_{checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      stopper_{checked(::eventfd(0, EFD_CLOEXEC), "eventfd")},
      listener_{listen_on(to_socket_address(listen))},
      port_{port_of(listener_)} {
  watch(epoll_, listener_);
  watch(epoll_, stopper_);
}

void EchoServer::run() {
  std::array<epoll_event, kMostEvents> events{};
  while (true) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno == EINTR) continue;
    checked(ready, "epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == stopper_.get()) return;
      if (descriptor == listener_.get()) {
        accept_one();
      } else {
        echo(descriptor);
      }
    }
  }
}

void EchoServer::stop() {
  constexpr eventfd_t kOnce = 1;
  checked(::eventfd_write(stopper_.get(), kOnce), "eventfd_write");
}

void EchoServer::accept_one() {
  Descriptor connection{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (connection.get() < 0) return;  // gone again, or out of descriptors: whoever waits will see
  const int yes = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  watch(epoll_, connection);
  const int number = connection.get();
  connections_.insert_or_assign(number, std::move(connection));
}

void EchoServer::echo(int connection) {
  std::array<char, kReadBytes> bytes;  // NOLINT(*-member-init): clearing it would be measured
  const ssize_t arrived = ::read(connection, bytes.data(), bytes.size());
  if (arrived < 0 && is_retry(errno)) return;
  if (arrived <= 0 || ::write(connection, bytes.data(), static_cast<std::size_t>(arrived)) != arrived) {
    connections_.erase(connection);
  }
}

int run_echo(const EchoOptions& options, std::ostream& out) {
  EchoServer server{options.listen};
  out << "listening on " << text::to_string(text::TcpEndpoint{options.listen.host, server.port()}) << std::endl;
  server.run();
  return 0;
}

}  // namespace lastbeat::bench
