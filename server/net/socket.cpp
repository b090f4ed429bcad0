#include "net/socket.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace lastbeat {
namespace {

Transfer failure() noexcept {
  const bool is_retry = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {.outcome = is_retry ? Transfer::Outcome::kNotNow : Transfer::Outcome::kClosed};
}

Transfer received(ssize_t bytes) noexcept {
  if (bytes < 0) return failure();
  if (bytes == 0) return {.outcome = Transfer::Outcome::kClosed};
  return {.bytes = static_cast<std::size_t>(bytes)};
}

}  // namespace

Transfer Socket::receive(std::span<std::byte> into) noexcept {
  if (secure_) return secure_->receive(into);
  return received(::recv(descriptor_, into.data(), into.size(), 0));
}

Transfer Socket::receive(std::span<std::byte> first, std::span<std::byte> second) noexcept {
  if (secure_) {
    Transfer transfer = secure_->receive(first);
    if (second.empty() || transfer.outcome != Transfer::Outcome::kDone || transfer.bytes < first.size())
      return transfer;
    // An end that shows itself here shows itself to the next call as well, which has_more() asks for.
    const Transfer rest = secure_->receive(second);
    if (rest.outcome == Transfer::Outcome::kDone) transfer.bytes += rest.bytes;
    return transfer;
  }
  const std::array pieces{iovec{first.data(), first.size()}, iovec{second.data(), second.size()}};
  return received(::readv(descriptor_, pieces.data(), static_cast<int>(pieces.size())));
}

Transfer Socket::send(std::span<const std::byte> bytes) noexcept {
  if (secure_) return secure_->send(bytes);
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return failure();
  return {.bytes = static_cast<std::size_t>(sent)};
}

Transfer Socket::discard(std::span<std::byte> scratch) noexcept {
  return received(::recv(descriptor_, scratch.data(), scratch.size(), 0));
}

void Socket::shut_down_sending() noexcept {
  if (secure_) secure_->finish();
  ::shutdown(descriptor_, SHUT_WR);
}

void Socket::close() noexcept {
  secure_.reset();
  const int descriptor = std::exchange(descriptor_, kNone);
  if (descriptor != kNone) ::close(descriptor);
}

}  // namespace lastbeat
