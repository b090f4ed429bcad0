#include "net/socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace lastbeat {
namespace {

Socket::Transfer failure() noexcept {
  const bool is_retry = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {.outcome = is_retry ? Socket::Outcome::kNotNow : Socket::Outcome::kClosed};
}

Socket::Transfer received(ssize_t bytes) noexcept {
  if (bytes < 0) return failure();
  if (bytes == 0) return {.outcome = Socket::Outcome::kClosed};
  return {.bytes = static_cast<std::size_t>(bytes)};
}

}  // namespace

Socket::Transfer Socket::receive(std::span<std::byte> into) noexcept {
  return received(::recv(descriptor_, into.data(), into.size(), 0));
}

Socket::Transfer Socket::receive(std::span<std::byte> first, std::span<std::byte> second) noexcept {
  const std::array pieces{iovec{first.data(), first.size()}, iovec{second.data(), second.size()}};
  return received(::readv(descriptor_, pieces.data(), static_cast<int>(pieces.size())));
}

Socket::Transfer Socket::send(std::span<const std::byte> bytes) noexcept {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return failure();
  return {.bytes = static_cast<std::size_t>(sent)};
}

void Socket::shut_down_sending() noexcept { ::shutdown(descriptor_, SHUT_WR); }

void Socket::close() noexcept {
  const int descriptor = std::exchange(descriptor_, kNone);
  if (descriptor != kNone) ::close(descriptor);
}

}  // namespace lastbeat
