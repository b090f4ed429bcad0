// A connection that one exchange after the other goes over.
#pragma once

#include <cstdint>

#include "compare/descriptor.hpp"
#include "protocol/types.hpp"

namespace lastbeat::bench {

// To a server on 127.0.0.1. Every wait ends after 30 s. Threads: one.
class PlainConnection {
 public:
  // Throws std::system_error when nobody listens there.
  explicit PlainConnection(std::uint16_t port);

  // Sends a request whole; its reply may be left for later. Throws std::system_error.
  void send(const Buffer& request);
  // Waits for a reply, which must be this one, byte by byte. Throws std::runtime_error that shows what came instead.
  void expect(const Buffer& reply);

 private:
  void wait_for(short event);

  Descriptor socket_;
};

}  // namespace lastbeat::bench
