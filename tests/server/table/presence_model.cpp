#include "server/table/presence_model.hpp"

namespace lastbeat::test {

void PresenceModel::advance_to(Second now) {
  while (now_ < now) {
    ++now_;
    for (auto& [id, user] : users_) {
      if (!user.was_online || is_on(user, now_)) continue;
      user.was_online = false;
      user.flips.push_back({EdgeCause::kTimeout, now_});
    }
  }
}

Outcome PresenceModel::execute(const Command& command) {
  const bool leave = command.kind == CommandKind::kLeave;
  if (command.second != Command::kOnArrival && now_ - command.second > rules_.ttl) return Outcome::kTooOld;
  User& user = users_[command.user];

  Second second = command.second;
  if (second == Command::kOnArrival) {
    second = now_;
    const bool is_ahead = user.known && user.second >= now_;
    if (is_ahead && leave) second = user.second;
    if (is_ahead && !leave && user.left) second = user.second == now_ ? now_ + 1 : user.second;
  }
  const bool newer = !user.known || second > user.second || (second == user.second && leave);
  if (newer) {
    user.known = true;
    user.second = second;
    user.left = leave;
  }
  const bool online = is_on(user, now_);
  if (online != user.was_online) {
    user.flips.push_back({online ? EdgeCause::kHeartbeat : EdgeCause::kLeave, now_});
    user.was_online = online;
  }
  return Outcome::kDone;
}

Presence PresenceModel::presence(UserId id) const {
  const auto found = users_.find(id);
  if (found == users_.end() || !found->second.known) return Presence::kOffline;
  const User& user = found->second;
  if (is_on(user, now_)) return Presence::kOnline;
  return user.left ? Presence::kLeft : Presence::kOffline;
}

bool PresenceModel::is_on(UserId id, Second at) const {
  const auto found = users_.find(id);
  return found != users_.end() && is_on(found->second, at);
}

bool PresenceModel::is_on(const User& user, Second at) const {
  if (!user.known || user.left) return false;
  return user.second >= at || at - user.second <= rules_.ttl;
}

std::uint64_t PresenceModel::online() const { return online_users().size(); }

std::vector<UserId> PresenceModel::online_users() const {
  std::vector<UserId> online;
  for (const auto& [id, user] : users_) {
    if (is_on(user, now_)) online.push_back(id);
  }
  return online;
}

std::uint32_t PresenceModel::age(UserId id) const {
  const auto found = users_.find(id);
  if (found == users_.end() || !found->second.known) return Answer::kNoAge;
  return now_ > found->second.second ? now_ - found->second.second : 0;
}

std::vector<UserId> PresenceModel::users() const {
  std::vector<UserId> all;
  for (const auto& [id, user] : users_) all.push_back(id);
  return all;
}

}  // namespace lastbeat::test
