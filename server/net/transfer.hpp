// What came of one attempt to receive or to send.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lastbeat {

struct Transfer {
  enum class Outcome : std::uint8_t {
    kDone,
    kNotNow,  // nothing to read, no room to write: wait for readiness
    kClosed,  // the peer has closed, or is gone
  };
  Outcome outcome = Outcome::kDone;
  std::size_t bytes = 0;  // kDone
};

}  // namespace lastbeat
