// What an upstream says about a user, as a store's answer.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "lastbeat/answers.hpp"
#include "table/command.hpp"

namespace lastbeat {

// `theirs`: nothing, or kNoAnswer, when it could not be asked.
[[nodiscard]] inline Answer upstream_answer(const std::optional<UserStatus>& theirs) {
  constexpr std::chrono::seconds::rep kOldest = Answer::kNoAge - 1;
  if (!theirs || theirs->presence == Presence::kNoAnswer) {
    return {.presence = Presence::kUnknown, .outcome = Outcome::kUnavailable};
  }
  Answer answer{.presence = theirs->presence};
  if (theirs->age) {
    answer.age_s = static_cast<std::uint32_t>(std::clamp<std::chrono::seconds::rep>(theirs->age->count(), 0, kOldest));
  }
  return answer;
}

}  // namespace lastbeat
