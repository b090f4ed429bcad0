#include "store/backlog.hpp"

#include <algorithm>

namespace lastbeat {
namespace {

// Within its second nothing is known of when: so nobody is said to have been silent for longer than they were.
constexpr std::uint16_t kLastMillisecond = 999;

}  // namespace

Outcome Backlog::keep(const Command& command, Second now) {
  // Nothing is announced here: of what the rules say, the stamp alone matters.
  const Stamp old = held(command.user).stamp;
  const Write write = apply(command, old, now, {.now = now}, rules_);
  if (write.too_old) return Outcome::kTooOld;
  const bool has_age = command.second != Command::kOnArrival;
  if (has_age && write.stamp == old) return Outcome::kDone;
  if (const auto found = stamps_.find(command.user); found != stamps_.end()) {
    found->second = {.stamp = write.stamp, .came_with_age = has_age};
    return Outcome::kDone;
  }
  if (stamps_.size() >= most_users_) drop_old(now);
  if (stamps_.size() >= most_users_) return Outcome::kUnavailable;
  stamps_.emplace(command.user, Held{.stamp = write.stamp, .came_with_age = has_age});
  return Outcome::kDone;
}

Backlog::Held Backlog::held(UserId user) const noexcept {
  const auto found = stamps_.find(user);
  return found == stamps_.end() ? Held{} : found->second;
}

std::optional<Command> Backlog::take(UserId user) noexcept {
  const auto found = stamps_.find(user);
  if (found == stamps_.end()) return std::nullopt;
  return take(found);
}

std::optional<Command> Backlog::take_any() noexcept {
  if (stamps_.empty()) return std::nullopt;
  return take(stamps_.begin());
}

Command Backlog::take(Stamps::iterator found) noexcept {
  const UserId user = found->first;
  const Stamp stamp = found->second.stamp;
  stamps_.erase(found);
  return {.user = user,
          .second = stamp.second(),
          .millisecond = kLastMillisecond,
          .kind = stamp.is_left() ? CommandKind::kLeave : CommandKind::kHeartbeat};
}

// Once a second at most: it looks at all of them.
void Backlog::drop_old(Second now) {
  if (now == last_drop_) return;
  last_drop_ = now;
  dropped_ += std::erase_if(stamps_, [&](const auto& entry) { return entry.second.stamp.age(now) > rules_.ttl; });
}

}  // namespace lastbeat
