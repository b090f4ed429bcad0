#include "beat_schedule.hpp"

#include <algorithm>
#include <utility>

namespace lastbeat {

BeatSchedule::BeatSchedule(std::size_t most_users, Duration interval, Duration ttl, std::uint64_t seed, Time now)
    : most_users_{most_users}, interval_{interval}, ttl_{ttl}, random_{seed}, fresh_due_{now}, again_due_{now} {
  for (std::size_t i = 0; i < kSlots; ++i) {
    slots_.at(i).due = now + interval * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(kSlots);
  }
}

bool BeatSchedule::add(UserId user, Time now) {
  if (places_.contains(user)) return true;
  if (places_.size() + leaves_ >= most_users_) return false;
  const auto number = static_cast<std::uint32_t>(random_below(kSlots));
  Slot& slot = slots_.at(number);
  // A slot that nobody was in has long lost its phase.
  if (slot.users.empty()) slot.due = now + Duration{random_below(static_cast<std::uint64_t>(interval_.count()))};
  places_.emplace(user, Place{.slot = number, .index = static_cast<std::uint32_t>(slot.users.size())});
  slot.users.push_back(user);
  if (fresh_.size() >= 2 * most_users_) forget_stale_fresh();
  fresh_.push_back(user);
  return true;
}

// Users who come and go while nothing can be sent leave their traces.
void BeatSchedule::forget_stale_fresh() {
  std::sort(fresh_.begin(), fresh_.end());
  fresh_.erase(std::unique(fresh_.begin(), fresh_.end()), fresh_.end());
  std::erase_if(fresh_, [this](UserId user) { return !places_.contains(user); });
}

void BeatSchedule::remove(UserId user, bool leave, Time now) {
  const auto found = places_.find(user);
  if (found == places_.end()) return;
  const Place place = found->second;
  Slot& slot = slots_.at(place.slot);
  const UserId last = slot.users.back();
  slot.users[place.index] = last;
  slot.users.pop_back();
  if (last != user) places_.at(last).index = place.index;
  places_.erase(found);
  if (!leave) return;
  // Ages count in seconds, and a batch has one: who left earlier is in a batch of its own.
  if (!leaving_.empty() && now - leaving_since_ >= std::chrono::seconds{1}) {
    Batch batch;
    batch.kind = Batch::Kind::kLeave;
    batch.users = std::exchange(leaving_, {});
    batch.left_at = left_at_;
    again_.push_back(std::move(batch));
    again_due_ = std::min(again_due_, now);
  }
  if (leaving_.empty()) leaving_since_ = now;
  leaving_.push_back(user);
  ++leaves_;
  left_at_ = now;
}

void BeatSchedule::set_times(Duration interval, Duration ttl) noexcept {
  interval_ = interval;
  ttl_ = ttl;
}

std::optional<BeatSchedule::Batch> BeatSchedule::take(Time now) {
  if (out_ == kMostBatches) return std::nullopt;
  while (auto batch = next(now)) {
    if (batch->users.empty()) continue;
    ++out_;
    return batch;
  }
  return std::nullopt;
}

std::optional<BeatSchedule::Batch> BeatSchedule::next(Time now) {
  if (!leaving_.empty()) {
    Batch batch;
    batch.kind = Batch::Kind::kLeave;
    batch.users = std::exchange(leaving_, {});
    batch.left_at = left_at_;
    return take_leaves(std::move(batch), now);
  }
  if (!again_.empty() && again_due_ <= now) {
    Batch batch = std::move(again_.back());
    again_.pop_back();
    return take_leaves(std::move(batch), now);
  }
  if (!fresh_.empty() && fresh_due_ <= now) {
    Batch batch;
    batch.users = std::exchange(fresh_, {});
    std::erase_if(batch.users, [this](UserId user) { return !places_.contains(user); });
    return batch;
  }
  const std::size_t number = first_due();
  if (number == kSlots || slots_.at(number).due > now) return std::nullopt;
  Slot& slot = slots_.at(number);
  slot.is_out = true;
  Batch batch;
  batch.slot = number;
  batch.users = slot.users;
  return batch;
}

// Without those who have come back; without anybody once the time is up: who left a ttl ago is offline in any case.
BeatSchedule::Batch BeatSchedule::take_leaves(Batch batch, Time now) {
  const auto age = std::chrono::duration_cast<Duration>(now - batch.left_at);
  leaves_ -= std::erase_if(batch.users, [&](UserId user) { return age >= ttl_ || places_.contains(user); });
  if (age >= std::chrono::seconds{1}) batch.age = age;
  return batch;
}

void BeatSchedule::finish(Batch batch, bool is_done, Time now) {
  --out_;
  if (batch.slot) {
    Slot& slot = slots_.at(*batch.slot);
    slot.is_out = false;
    if (!is_done) {
      slot.due = now + until_retry();
      return;
    }
    // From when it was due, so that a slot keeps its phase, unless it is far behind.
    slot.due += until_next();
    if (slot.due <= now) slot.due = now + Duration{random_below(static_cast<std::uint64_t>(interval_.count()))};
  } else if (batch.kind == Batch::Kind::kLeave) {
    if (is_done) {
      leaves_ -= batch.users.size();
    } else {
      again_due_ = now + until_retry();
      again_.push_back(std::move(batch));
    }
  } else if (!is_done) {
    fresh_due_ = now + until_retry();
    fresh_.insert(fresh_.end(), batch.users.begin(), batch.users.end());
  }
}

std::optional<BeatSchedule::Time> BeatSchedule::next_due() const {
  if (out_ == kMostBatches) return std::nullopt;
  if (!leaving_.empty()) return Time{};
  std::optional<Time> due;
  const auto consider = [&](Time time) { due = due ? std::min(*due, time) : time; };
  if (!again_.empty()) consider(again_due_);
  if (!fresh_.empty()) consider(fresh_due_);
  if (const std::size_t first = first_due(); first != kSlots) consider(slots_.at(first).due);
  return due;
}

std::size_t BeatSchedule::first_due() const noexcept {
  std::size_t first = kSlots;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const Slot& slot = slots_.at(i);
    if (slot.is_out || slot.users.empty()) continue;
    if (first == kSlots || slot.due < slots_.at(first).due) first = i;
  }
  return first;
}

// Never more than what the server advises.
BeatSchedule::Duration BeatSchedule::until_next() noexcept {
  const auto tenth = static_cast<std::uint64_t>(interval_.count() / 10);
  return interval_ - Duration{random_below(tenth + 1)};
}

BeatSchedule::Duration BeatSchedule::until_retry() noexcept {
  const auto tenth = static_cast<std::uint64_t>(interval_.count() / 10);
  constexpr Duration kLeast{10};
  return std::max(kLeast, Duration{tenth / 2 + random_below(tenth / 2 + 1)});
}

// xorshift64*. Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016.
std::uint64_t BeatSchedule::random_below(std::uint64_t bound) noexcept {
  random_ ^= random_ >> 12U;
  random_ ^= random_ << 25U;
  random_ ^= random_ >> 27U;
  return (random_ * 0x2545F4914F6CDD1DU >> 32U) % bound;
}

}  // namespace lastbeat
