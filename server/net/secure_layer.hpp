// What may stand between a session and its socket: encryption. The seam; net/tls has the one there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "net/interest.hpp"
#include "net/transfer.hpp"

namespace lastbeat {

// One a connection. Its descriptor is the socket's, which outlives it. No call waits or throws. Threads: one at a time.
class SecureLayer {
 public:
  virtual ~SecureLayer() = default;

  // As Socket's calls of the same names, in any number of system calls. Handshakes happen on the way.
  [[nodiscard]] virtual Transfer receive(std::span<std::byte> into) noexcept = 0;
  [[nodiscard]] virtual Transfer send(std::span<const std::byte> bytes) noexcept = 0;
  // Says that nothing else will be sent.
  virtual void finish() noexcept = 0;

  // The last receive filled what it was given, or met the end: the next one has something to tell that is not in the
  // socket any more, so that waiting for the socket would be in vain.
  [[nodiscard]] virtual bool has_more() const noexcept = 0;
  // What the last call that was told kNotNow waits for; a handshake may have to send in order to receive.
  [[nodiscard]] virtual Interest wants() const noexcept = 0;
  // The handshake is through.
  [[nodiscard]] virtual bool is_established() const noexcept = 0;
};

// Makes the layer of a connection that has been accepted. Threads: any. May throw std::bad_alloc.
using SecureLayerFactory = std::function<std::unique_ptr<SecureLayer>(int descriptor)>;

}  // namespace lastbeat
