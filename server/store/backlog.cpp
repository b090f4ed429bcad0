#include "store/backlog.hpp"

#include <algorithm>

namespace lastbeat {
namespace {

// Within its second nothing is known of when: so nobody is said to have been silent for longer than they were.
constexpr std::uint16_t kLastMillisecond = 999;

}  // namespace

Outcome Backlog::keep(const Command& command, Second now, Part part) {
  // Nothing is announced here: of what the rules say, the stamp alone matters.
  const Stamp old = held(command.user, part).stamp;
  const Write write = apply(command, old, now, {.now = now}, rules_);
  if (write.too_old) return Outcome::kTooOld;
  const bool has_age = command.second != Command::kOnArrival;
  if (has_age && write.stamp == old) return Outcome::kDone;
  if (old.is_none()) {
    if (size_ >= most_users_) drop_old(now);
    if (size_ >= most_users_) return Outcome::kUnavailable;
    ++size_;
  }
  Stamps& stamps = parts_.try_emplace(part, 0, hash_).first->second;
  stamps[command.user] = {.stamp = write.stamp, .came_with_age = has_age};
  return Outcome::kDone;
}

Backlog::Held Backlog::held(UserId user, Part part) const noexcept {
  const auto stamps = parts_.find(part);
  if (stamps == parts_.end()) return {};
  const auto found = stamps->second.find(user);
  return found == stamps->second.end() ? Held{} : found->second;
}

std::optional<Command> Backlog::take(UserId user, Part part) noexcept {
  const auto stamps = parts_.find(part);
  if (stamps == parts_.end()) return std::nullopt;
  const auto found = stamps->second.find(user);
  if (found == stamps->second.end()) return std::nullopt;
  return take(stamps, found);
}

std::optional<Command> Backlog::take_any(Part part) noexcept {
  const auto stamps = parts_.find(part);
  if (stamps == parts_.end()) return std::nullopt;
  return take(stamps, stamps->second.begin());
}

std::optional<Backlog::Part> Backlog::any_part(const std::function<bool(Part)>& is_wanted) const {
  for (const auto& [part, stamps] : parts_) {
    if (is_wanted(part)) return part;
  }
  return std::nullopt;
}

Command Backlog::take(Parts::iterator part, Stamps::iterator found) noexcept {
  const UserId user = found->first;
  const Stamp stamp = found->second.stamp;
  part->second.erase(found);
  if (part->second.empty()) parts_.erase(part);
  --size_;
  return {.user = user,
          .second = stamp.second(),
          .millisecond = kLastMillisecond,
          .kind = stamp.is_left() ? CommandKind::kLeave : CommandKind::kHeartbeat};
}

// Once a second at most: it looks at all of them.
void Backlog::drop_old(Second now) {
  if (now == last_drop_) return;
  last_drop_ = now;
  const std::size_t before = size_;
  for (auto next = parts_.begin(); next != parts_.end();) {
    const auto part = next++;
    Stamps& stamps = part->second;
    size_ -= std::erase_if(stamps, [&](const auto& entry) { return entry.second.stamp.age(now) > rules_.ttl; });
    if (stamps.empty()) parts_.erase(part);
  }
  dropped_ += before - size_;
}

}  // namespace lastbeat
