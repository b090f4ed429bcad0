// What an upstream says about a user, together with what waits here to be told to it.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "lastbeat/answers.hpp"
#include "table/command.hpp"
#include "table/rules.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

// `theirs`: what the upstream said; nothing, or kNoAnswer, when it could not be asked. `held`: the newest that has been
// taken here and that it may not know. The newer of both counts, as if the user's heartbeats were in one place.
[[nodiscard]] inline Answer merged_answer(const std::optional<UserStatus>& theirs, Stamp held, Second now,
                                          const Rules& rules) {
  constexpr Second kOldest = Answer::kNoAge - 1;
  const bool is_known = theirs && theirs->presence != Presence::kNoAnswer;
  Answer answer{.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};
  Stamp upstream;
  if (is_known) {
    answer = {.presence = theirs->presence};
    if (theirs->age) {
      answer.age_s = static_cast<Second>(std::clamp<std::chrono::seconds::rep>(theirs->age->count(), 0, kOldest));
      const Second second = now - std::min(answer.age_s, now - 1);  // it may be older than this server
      upstream = theirs->presence == Presence::kLeft ? Stamp::leave(second) : Stamp::heartbeat(second);
    }
  }
  if (held <= upstream || !(held.is_left() || is_on(held, now, rules))) return answer;
  return {.age_s = held.age(now), .presence = held.is_left() ? Presence::kLeft : Presence::kOnline};
}

}  // namespace lastbeat
