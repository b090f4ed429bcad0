#include "compare/plain_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "bench/text_protocol.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::chrono::milliseconds kPatience{30'000};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_retry(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

PlainConnection::PlainConnection(std::uint16_t port)
    : socket_{checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // On the loopback address the answer comes at once, so this need not be bounded.
  checked(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "cannot connect to port " + std::to_string(port));
}

void PlainConnection::send(const Buffer& request) {
  std::span<const std::byte> rest{request};
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      rest = rest.subspan(static_cast<std::size_t>(sent));
    } else if (is_retry(errno)) {
      wait_for(POLLOUT);
    } else {
      checked(-1, "send");
    }
  }
}

void PlainConnection::expect(const Buffer& reply) {
  constexpr std::size_t kPiece = 4096;
  std::array<std::byte, kPiece> piece{};
  std::span<const std::byte> rest{reply};
  while (!rest.empty()) {
    const ssize_t bytes = ::recv(socket_.get(), piece.data(), std::min(piece.size(), rest.size()), MSG_DONTWAIT);
    if (bytes == 0) throw std::runtime_error{"the server closed the connection instead of a reply"};
    if (bytes < 0 && is_retry(errno)) {
      wait_for(POLLIN);
      continue;
    }
    const auto arrived = std::span{piece}.first(static_cast<std::size_t>(checked(static_cast<int>(bytes), "recv")));
    if (!std::equal(arrived.begin(), arrived.end(), rest.begin())) {
      throw std::runtime_error{"the server answered a heartbeat with " + quoted(as_text(arrived))};
    }
    rest = rest.subspan(arrived.size());
  }
}

void PlainConnection::wait_for(short event) {
  pollfd ready{.fd = socket_.get(), .events = event, .revents = 0};
  const int count = ::poll(&ready, 1, static_cast<int>(kPatience.count()));
  if (count < 0 && errno == EINTR) return;
  if (count == 0) throw std::system_error{ETIMEDOUT, std::system_category(), "the server does not answer"};
  checked(count, "poll");
}

}  // namespace lastbeat::bench
