// What is asked of a store, one user at a time, and what it answers. Batches of both travel as spans.
#pragma once

#include <cstdint>

#include "protocol/reply.hpp"
#include "protocol/types.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

enum class CommandKind : std::uint8_t { kHeartbeat, kLeave, kStatus };

struct Command {
  static constexpr Second kOnArrival = 0;

  UserId user{};
  // Heartbeat, leave: the second it happened in, or kOnArrival for "now, after everything that came before".
  Second second = kOnArrival;
  std::uint16_t millisecond = 0;  // of that second, for whoever passes it on as an age
  CommandKind kind = CommandKind::kStatus;
};

enum class Outcome : std::uint8_t {
  kDone,
  kTooOld,       // heartbeat, leave: more than a ttl ago; changed nothing
  kRefused,      // heartbeat of a new user: no room (--max-users, or no memory); changed nothing
  kUnavailable,  // the store of this user could not be reached: of a status, not known; else it may or may not count
};

struct Answer {
  static constexpr std::uint32_t kNoAge = protocol::DetailedStatus::kNoAge;

  std::uint32_t age_s = kNoAge;            // status: age of what is held, kNoAge when nothing is
  Presence presence = Presence::kOffline;  // status
  Outcome outcome = Outcome::kDone;        // heartbeat, leave
};

}  // namespace lastbeat
