// The presence rules as pure functions: what a command does to a user's stamp, what may be said about the user, and
// which edges that makes. The table calls them under a stripe's lock; docs/architecture.md tells the rules in prose.
//
// Each stripe remembers one second, `announced`: what has been announced about a user is is_on(stamp, announced).
#pragma once

#include <algorithm>

#include "protocol/types.hpp"
#include "table/command.hpp"
#include "table/published_time.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

struct Rules {
  Second ttl = 30;     // at least 1
  Second retain = 30;  // how long a stamp is kept; at least ttl: whoever is forgotten has been announced offline
};

// Online at second `at`: there is a stamp, it is not left, and it is at most a ttl old. A stamp newer than `at` counts.
[[nodiscard]] constexpr bool is_on(Stamp stamp, Second at, const Rules& rules) noexcept {
  return !stamp.is_none() && !stamp.is_left() && stamp.age(at) <= rules.ttl;
}

// May be dropped: whatever could still arrive about this user is newer or too old to count. Requires a stamp.
[[nodiscard]] constexpr bool is_forgettable(Stamp stamp, Second at, const Rules& rules) noexcept {
  return stamp.age(at) > rules.retain;
}

// The second in which a user who stays silent goes offline.
[[nodiscard]] constexpr Second timeout_second(Stamp stamp, const Rules& rules) noexcept {
  return stamp.second() + rules.ttl + 1;
}

// What a heartbeat or leave does.
struct Write {
  Stamp stamp;             // to be held from now on
  bool too_old = false;    // nothing changes
  bool timed_out = false;  // announce first: went offline in timeout_second(old stamp)
  bool flipped = false;    // announce then: what is_on(stamp, now) says
};
[[nodiscard]] Write apply(const Command& command, Stamp old, Second announced, Moment moment,
                          const Rules& rules) noexcept;

// What a status request is told.
[[nodiscard]] inline Answer answer(Stamp stamp, Second announced, Moment moment, const Rules& rules) noexcept {
  const Second now = std::max(moment.now, announced);
  Answer result;
  if (!stamp.is_none()) result.age_s = std::min(stamp.age(now), Answer::kNoAge - 1);
  if (is_on(stamp, now, rules)) {
    result.presence = Presence::kOnline;
  } else if (stamp.is_left()) {
    // Every left stamp in memory was taken in this life, so doubt does not touch it.
    result.presence = Presence::kLeft;
  } else {
    result.presence = moment.in_doubt() ? Presence::kUnknown : Presence::kOffline;
  }
  return result;
}

}  // namespace lastbeat
