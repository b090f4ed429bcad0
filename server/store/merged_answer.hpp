// What a store says about a user, together with what waits here to be told to it.
#pragma once

#include <algorithm>

#include "table/command.hpp"
#include "table/rules.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

// `theirs`: what the store said; of outcome kUnavailable when it could not be asked. `held`: the newest that has been
// taken here and that it may not know. The newer of both counts, as if the user's heartbeats were in one place.
[[nodiscard]] inline Answer merged_answer(const Answer& theirs, Stamp held, Second now, const Rules& rules) {
  if (held.is_none() || !(held.is_left() || is_on(held, now, rules))) return theirs;
  Stamp known;
  if (theirs.outcome != Outcome::kUnavailable && theirs.age_s != Answer::kNoAge) {
    const Second second = now - std::min(theirs.age_s, now - 1);  // it may be older than this server
    known = theirs.presence == Presence::kLeft ? Stamp::leave(second) : Stamp::heartbeat(second);
  }
  if (held <= known) return theirs;
  return {.age_s = held.age(now), .presence = held.is_left() ? Presence::kLeft : Presence::kOnline};
}

}  // namespace lastbeat
