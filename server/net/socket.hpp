// One connected stream socket, TCP or unix, maybe with a secure layer in between.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "net/interest.hpp"
#include "net/secure_layer.hpp"
#include "net/transfer.hpp"

namespace lastbeat {

// Owns the descriptor, which must not block. No call waits or throws; without a secure layer none allocates. Threads:
// one at a time.
class Socket {
 public:
  explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
  Socket(Socket&& other) noexcept
      : descriptor_{std::exchange(other.descriptor_, kNone)}, secure_{std::move(other.secure_)} {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(secure_, other.secure_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  // From now on everything goes through a layer, which `make` makes. Before anything is sent or received.
  void secure(const SecureLayerFactory& make) { secure_ = make(descriptor_); }

  // At most one system call each, which moves what it can; a secure layer may need more. Require room, or bytes, for
  // one at least.
  [[nodiscard]] Transfer receive(std::span<std::byte> into) noexcept;
  // Fills `first`, then `second`.
  [[nodiscard]] Transfer receive(std::span<std::byte> first, std::span<std::byte> second) noexcept;
  [[nodiscard]] Transfer send(std::span<const std::byte> bytes) noexcept;
  // Receives and forgets, past a secure layer.
  [[nodiscard]] Transfer discard(std::span<std::byte> scratch) noexcept;

  // See SecureLayer. Without one: never, what was asked for, always.
  [[nodiscard]] bool has_more() const noexcept { return secure_ && secure_->has_more(); }
  [[nodiscard]] Interest interest(Interest asked_for) const noexcept {
    return secure_ && secure_->wants() != Interest::kNone ? secure_->wants() : asked_for;
  }
  [[nodiscard]] bool is_established() const noexcept { return !secure_ || secure_->is_established(); }

  void shut_down_sending() noexcept;
  void close() noexcept;

 private:
  static constexpr int kNone = -1;
  int descriptor_;
  std::unique_ptr<SecureLayer> secure_;
};

}  // namespace lastbeat
