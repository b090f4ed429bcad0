// One connected stream socket, TCP or unix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace lastbeat {

// Owns the descriptor, which must not block. No call waits, allocates or throws. Threads: one at a time.
class Socket {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kNotNow,  // nothing to read, no room to write: wait for readiness
    kClosed,  // the peer has closed, or is gone
  };
  struct Transfer {
    Outcome outcome = Outcome::kDone;
    std::size_t bytes = 0;  // kDone
  };

  explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
  Socket(Socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, kNone)} {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  // At most one system call each, which moves what it can. Require room, or bytes, for one at least.
  [[nodiscard]] Transfer receive(std::span<std::byte> into) noexcept;
  // Fills `first`, then `second`.
  [[nodiscard]] Transfer receive(std::span<std::byte> first, std::span<std::byte> second) noexcept;
  [[nodiscard]] Transfer send(std::span<const std::byte> bytes) noexcept;

  void shut_down_sending() noexcept;
  void close() noexcept;

 private:
  static constexpr int kNone = -1;
  int descriptor_;
};

}  // namespace lastbeat
