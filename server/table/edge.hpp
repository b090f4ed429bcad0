// Edges: the changes of users between online and offline, each announced exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "protocol/types.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

enum class EdgeCause : std::uint8_t {
  kHeartbeat,  // went online
  kTimeout,    // went offline: no heartbeat for a ttl
  kLeave,      // went offline: left
};

struct Edge {
  UserId user{};
  std::uint64_t number = 0;  // counts the edges of one stripe from 1 on; a user never changes stripe
  Second second = 0;         // when the user changed; for a timeout the last second online + 1, however late it is told
  EdgeCause cause{};
  friend bool operator==(const Edge&, const Edge&) = default;
};

// Where edges go. Called with a stripe's lock held, which is what keeps the edges of a user in order: an implementation
// must be quick, must not block and must not call back into the table. Calls come from several threads at once, those
// for one stripe one after the other.
class EdgeSink {
 public:
  virtual ~EdgeSink() = default;
  // At most kMostAtOnce edges of one stripe, in order. The span is valid during the call only.
  virtual void take(std::span<const Edge> edges) noexcept = 0;
  static constexpr std::size_t kMostAtOnce = 64;
  // How many edges it can take at this moment. A pass over a stripe waits until there is room for as many as the stripe
  // has users; what cannot wait, because a command made it, is taken in any case, also between this question and the
  // pass's edges. Passes over all stripes wait for as long as there is none: a sink must have room for the largest
  // stripe once it is empty, and give up on a receiver that has kept it waiting for too long.
  [[nodiscard]] virtual std::size_t room() const noexcept { return std::numeric_limits<std::size_t>::max(); }
};

}  // namespace lastbeat
