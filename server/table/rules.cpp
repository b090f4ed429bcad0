#include "table/rules.hpp"

#include <algorithm>

namespace lastbeat {
namespace {

// The stamp that a command asks for, before the max with the one that is held.
Stamp wanted(const Command& command, Stamp old, Second now) noexcept {
  const bool is_leave = command.kind == CommandKind::kLeave;
  Second second = command.second;
  if (second == Command::kOnArrival) {
    // Commands on arrival count in the order they came, also within one second: a heartbeat after a leave borrows the
    // next second (never more than one ahead), and a leave covers what has been borrowed.
    second = now;
    if (!old.is_none() && old.second() >= now) {
      if (is_leave) second = old.second();
      if (!is_leave && old.is_left()) second = std::min(old.second() + 1, now + 1);
    }
  }
  return is_leave ? Stamp::leave(second) : Stamp::heartbeat(second);
}

}  // namespace

Write apply(const Command& command, Stamp old, Second announced, Moment moment, const Rules& rules) noexcept {
  // A thread may have read the time before a pass and got the lock after it: never argue from before that pass.
  const Second now = std::max(moment.now, announced);
  if (command.second != Command::kOnArrival && command.second + rules.ttl < now) {
    return {.stamp = old, .too_old = true};
  }
  const Stamp stamp = std::max(old, wanted(command, old, now));
  const bool was_announced_on = is_on(old, announced, rules);
  const bool was_on = moment.in_doubt() ? was_announced_on : is_on(old, now, rules);
  const bool is_on_after = is_on(stamp, announced, rules);
  return {.stamp = stamp, .timed_out = was_announced_on && !was_on, .flipped = was_on != is_on_after};
}

}  // namespace lastbeat
