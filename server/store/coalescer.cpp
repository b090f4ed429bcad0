#include "store/coalescer.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lastbeat {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

Second second_of(milliseconds time) noexcept { return static_cast<Second>(duration_cast<seconds>(time).count()); }

}  // namespace

// Puts users of one kind and age together.
class Coalescer::Packing {
 public:
  void add(const Outgoing& write) {
    const auto age = write.age ? std::optional{*write.age / kAgeStep * kAgeStep} : std::nullopt;
    Parcel& parcel = parcels_[{write.kind, age}];
    parcel.kind = write.kind;
    parcel.age = age;
    parcel.users.push_back(write.user);
    parcel.stamps.push_back(write.stamp);
    ++size_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::vector<Parcel> take() {
    std::vector<Parcel> parcels;
    parcels.reserve(parcels_.size());
    for (auto& [key, parcel] : parcels_) parcels.push_back(std::move(parcel));
    return parcels;
  }

 private:
  std::map<std::pair<CommandKind, std::optional<milliseconds>>, Parcel> parcels_;
  std::size_t size_ = 0;
};

Outcome Coalescer::take(const Command& command, Time now) {
  const Second second = second_of(now);
  const auto found = users_.find(command.user);
  const Stamp old = found == users_.end() ? Stamp{} : found->second.stamp;
  // Nothing is announced here, so that only the stamp of what the rules say matters.
  const Write write = apply(command, old, second, {.now = second}, config_.rules);
  if (write.too_old) return Outcome::kTooOld;
  if (found == users_.end() && users_.size() >= config_.most_users) {
    ++figures_.overflows;
    return Outcome::kRefused;
  }
  const bool is_now = command.second == Command::kOnArrival;
  const Time happened = is_now ? now : std::min(now, seconds{command.second} + milliseconds{command.millisecond});
  const bool is_leave = command.kind == CommandKind::kLeave;
  if (found == users_.end()) {
    User& user = users_[command.user];
    user = {.stamp = write.stamp, .happened = happened, .is_now = is_now};
    windows_.push_back({.at = now + config_.window, .user = command.user});
    make_urgent(command.user, user);
    return Outcome::kDone;
  }
  User& user = found->second;
  const bool is_beat_after_beat = !is_leave && !old.is_left();
  // Less than what is known: the newer one says it all.
  if (is_beat_after_beat && happened <= user.happened) {
    ++figures_.coalesced;
    return Outcome::kDone;
  }
  if (!is_beat_after_beat && write.stamp == old && !is_now) return Outcome::kDone;
  if (write.stamp.is_left() != is_leave) return Outcome::kDone;
  if (is_beat_after_beat) {
    if (user.is_waiting) ++figures_.coalesced;
    user.is_now = user.is_urgent && user.is_now && is_now;
  } else {
    user.is_now = is_now;
    make_urgent(command.user, user);
  }
  wait(user);
  user.stamp = write.stamp;
  user.happened = happened;
  return Outcome::kDone;
}

void Coalescer::wait(User& user) noexcept {
  if (!std::exchange(user.is_waiting, true)) ++figures_.waiting;
}

void Coalescer::make_urgent(UserId id, User& user) {
  wait(user);
  if (std::exchange(user.is_urgent, true)) return;
  urgent_.push_back(id);
}

Stamp Coalescer::held(UserId user) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return {};
  return found->second.is_waiting || found->second.flights != 0 ? found->second.stamp : Stamp{};
}

std::optional<Coalescer::Outgoing> Coalescer::send(UserId id, User& user, Time now) {
  user.is_waiting = false;
  --figures_.waiting;
  if (user.stamp.age(second_of(now)) > config_.rules.ttl) {
    ++figures_.dropped;
    return std::nullopt;
  }
  ++user.flights;
  return Outgoing{.user = id,
                  .kind = user.stamp.is_left() ? CommandKind::kLeave : CommandKind::kHeartbeat,
                  .age = std::exchange(user.is_now, false) ? std::nullopt : std::optional{now - user.happened},
                  .stamp = user.stamp};
}

// What comes in the second of a leave, or in a second that is borrowed, has to be newer than that.
bool Coalescer::is_done(const User& user, Time now) noexcept {
  const Second second = second_of(now);
  const bool matters = user.stamp.is_left() ? user.stamp.second() + 1 >= second : user.stamp.second() > second;
  return user.flights == 0 && !matters;
}

std::optional<Coalescer::Outgoing> Coalescer::take_urgent(Time now) {
  while (!urgent_.empty()) {
    const UserId id = urgent_.front();
    urgent_.pop_front();
    User& user = users_.at(id);
    user.is_urgent = false;
    if (!user.is_waiting) continue;
    if (auto write = send(id, user, now)) return write;
  }
  return std::nullopt;
}

std::vector<Coalescer::Parcel> Coalescer::take_due(Time now, std::size_t most) {
  Packing packing;
  while (const auto write = take_urgent(now)) packing.add(*write);
  while (!windows_.empty() && windows_.front().at <= now && packing.size() < most) {
    const UserId id = windows_.front().user;
    windows_.pop_front();
    const auto found = users_.find(id);
    const auto write = found->second.is_waiting ? send(id, found->second, now) : std::nullopt;
    if (write) packing.add(*write);
    if (!write && is_done(found->second, now)) {
      users_.erase(found);
    } else {
      windows_.push_back({.at = now + config_.window, .user = id});
    }
  }
  return packing.take();
}

std::vector<Coalescer::Parcel> Coalescer::take_all(Time now) {
  Packing packing;
  for (auto& [id, user] : users_) {
    if (!user.is_waiting) continue;
    if (const auto write = send(id, user, now)) packing.add(*write);
  }
  return packing.take();
}

void Coalescer::confirm(UserId user) { --users_.at(user).flights; }

void Coalescer::fail(UserId user, Stamp stamp) {
  User& failed = users_.at(user);
  --failed.flights;
  if (failed.stamp == stamp) wait(failed);
}

}  // namespace lastbeat
