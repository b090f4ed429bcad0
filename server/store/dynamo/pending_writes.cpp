#include "dynamo/pending_writes.hpp"

#include <iterator>

namespace lastbeat::dynamo {

bool PendingWrites::take(const UserStamp& write, bool has_age, std::shared_ptr<Job> waiter) {
  auto found = users_.find(write.user);
  if (found == users_.end()) {
    if (users_.size() >= most_users_) return false;
    found = users_.try_emplace(write.user).first;
    enqueue(write.user, found->second, waiter != nullptr);
  }
  User& user = found->second;
  if (write.stamp > user.newest) {
    user.newest = write.stamp;
    user.came_with_age = has_age;
  }
  if (waiter) wait(user, std::move(waiter));
  return true;
}

void PendingWrites::wait(User& user, std::shared_ptr<Job> waiter) {
  if (!user.waiting) user.waiting = std::make_unique<Waiting>();
  const bool is_under_way = !user.flight.is_none() && user.flight == user.newest;
  (is_under_way ? user.waiting->for_flight : user.waiting->for_newest).push_back(std::move(waiter));
  if (user.flight.is_none() && !user.is_awaited) {
    awaited_.splice(awaited_.end(), kept_, user.place);
    user.is_awaited = true;
  }
}

void PendingWrites::enqueue(UserId id, User& user, bool is_awaited) {
  Queue& queue = is_awaited ? awaited_ : kept_;
  user.is_awaited = is_awaited;
  user.place = queue.insert(queue.end(), id);
}

PendingWrites::Held PendingWrites::held(UserId user) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return {};
  return {.stamp = found->second.newest, .came_with_age = found->second.came_with_age};
}

std::optional<UserStamp> PendingWrites::next() {
  constexpr unsigned kTurns = 4;
  const bool is_turn_of_kept = ++turn_ % kTurns == 0;
  Queue& queue = awaited_.empty() || (is_turn_of_kept && !kept_.empty()) ? kept_ : awaited_;
  if (queue.empty()) return std::nullopt;
  const UserId id = queue.front();
  queue.pop_front();
  User& user = users_.at(id);
  user.flight = user.newest;
  if (user.waiting) user.waiting->for_flight = std::exchange(user.waiting->for_newest, {});
  return UserStamp{.user = id, .stamp = user.flight};
}

PendingWrites::Waiters PendingWrites::waiters_of(User& user, Waiters Waiting::*which) {
  if (!user.waiting) return {};
  return std::exchange((*user.waiting).*which, {});
}

PendingWrites::Waiters PendingWrites::all_waiters_of(User& user) {
  Waiters all = waiters_of(user, &Waiting::for_flight);
  Waiters others = waiters_of(user, &Waiting::for_newest);
  all.insert(all.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  user.waiting.reset();
  return all;
}

PendingWrites::Waiters PendingWrites::written(UserId id) {
  const auto found = users_.find(id);
  User& user = found->second;
  Waiters waiters = waiters_of(user, &Waiting::for_flight);
  if (user.newest == user.flight) {
    users_.erase(found);
    return waiters;
  }
  user.flight = {};
  enqueue(id, user, user.waiting && !user.waiting->for_newest.empty());
  return waiters;
}

PendingWrites::Waiters PendingWrites::unwritten(UserId id) {
  User& user = users_.at(id);
  user.flight = {};
  enqueue(id, user, false);
  return all_waiters_of(user);
}

PendingWrites::Waiters PendingWrites::drop(UserId id) {
  const auto found = users_.find(id);
  Waiters waiters = all_waiters_of(found->second);
  users_.erase(found);
  return waiters;
}

PendingWrites::Waiters PendingWrites::release(Job::Time began) {
  Waiters all;
  while (!awaited_.empty()) {
    User& user = users_.at(awaited_.front());
    if (user.waiting->for_newest.front()->began >= began) break;
    Waiters waiters = all_waiters_of(user);
    all.insert(all.end(), std::make_move_iterator(waiters.begin()), std::make_move_iterator(waiters.end()));
    user.is_awaited = false;
    kept_.splice(kept_.end(), awaited_, user.place);
  }
  return all;
}

}  // namespace lastbeat::dynamo
