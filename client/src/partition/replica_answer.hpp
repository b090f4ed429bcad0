// What several nodes that hold copies say about a user, in one answer. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "lastbeat/types.hpp"

namespace lastbeat {

// Nodes are asked one after the other, the best first, until one answers `online`. Where none does, the answer is
// `left` if one says so, else `offline` if all of them were there and sure, else `unknown`.
enum class ReplicaAnswer : std::uint8_t {
  kNothing,  // nobody has been asked
  kMissing,  // nobody who has been asked could answer: an error, not a presence
  kOffline,  // all say so
  kUnknown,  // some say offline or cannot know yet, and the others cannot answer
  kOnline,   // final: the others need not be asked
  kLeft,     // unless the next node has heard of a return that this one has missed
  kTorn,     // one says left and another online: one of them has missed something, and their ages tell which
};

[[nodiscard]] constexpr bool is_final(ReplicaAnswer answer) noexcept { return answer == ReplicaAnswer::kOnline; }

// `so_far` and what the next node says; nullopt: it cannot be asked.
[[nodiscard]] constexpr ReplicaAnswer merge(ReplicaAnswer so_far, std::optional<Presence> said) noexcept {
  using enum ReplicaAnswer;
  if (is_final(so_far)) return so_far;
  if (so_far == kLeft || so_far == kTorn) return said == Presence::kOnline ? kTorn : so_far;
  if (!said) return so_far == kNothing || so_far == kMissing ? kMissing : kUnknown;
  switch (*said) {
    case Presence::kOnline:
      return kOnline;
    case Presence::kLeft:
      return kLeft;
    case Presence::kOffline:
      return so_far == kNothing || so_far == kOffline ? kOffline : kUnknown;
    case Presence::kUnknown:
    case Presence::kNoAnswer:
      break;
  }
  return kUnknown;
}

// The same of a node to which users belonged until the list of nodes changed, and which is asked after all those of
// the list. It does not hear of those who have come back since they left: where a node that would have heard of it is
// missing or in doubt, "left" says nothing.
[[nodiscard]] constexpr ReplicaAnswer merge_earlier(ReplicaAnswer so_far, std::optional<Presence> said) noexcept {
  const bool is_sure = so_far != ReplicaAnswer::kMissing && so_far != ReplicaAnswer::kUnknown;
  if (said == Presence::kLeft && !is_sure) return ReplicaAnswer::kUnknown;
  return merge(so_far, said);
}

// kNoAnswer: no node could answer.
[[nodiscard]] constexpr Presence presence_of(ReplicaAnswer answer) noexcept {
  switch (answer) {
    case ReplicaAnswer::kOnline:
      return Presence::kOnline;
    case ReplicaAnswer::kLeft:
      return Presence::kLeft;
    case ReplicaAnswer::kOffline:
      return Presence::kOffline;
    case ReplicaAnswer::kUnknown:
    case ReplicaAnswer::kTorn:
      return Presence::kUnknown;
    case ReplicaAnswer::kNothing:
    case ReplicaAnswer::kMissing:
      break;
  }
  return Presence::kNoAnswer;
}

}  // namespace lastbeat
