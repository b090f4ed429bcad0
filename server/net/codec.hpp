// A protocol, as a session sees it: bytes into batches, finished batches into bytes. A listener is a codec.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "net/batch.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"
#include "store/store.hpp"

namespace lastbeat {

struct Decoded {
  std::size_t consumed = 0;  // bytes of the input that are dealt with
  // The request after them is not whole: how many bytes it has in all, as far as can be told (at least one more than
  // there are). 0: the batch was closed for another reason, decode again after executing it.
  std::size_t wanted = 0;
  std::optional<protocol::ErrorCode> fatal;  // the peer cannot be understood any more: say goodbye after the replies
};

// One a connection. Threads: those of its session, one at a time.
class Codec {
 public:
  virtual ~Codec() = default;

  // Adds whole requests from the front of `input` to `batch`, up to a bound of its own.
  [[nodiscard]] virtual Decoded decode(std::span<const std::byte> input, Batch& batch) = 0;
  // Appends the replies that an executed batch owes.
  virtual void render(const Batch& batch, BatchResult result, Buffer& out) = 0;
  // Appends the last words: why the connection closes. `input` is what could not be understood, if that is why.
  virtual void goodbye(protocol::ErrorCode reason, std::span<const std::byte> input, Buffer& out) = 0;
};

}  // namespace lastbeat
