#include "partition/replica_reads.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lastbeat {
namespace {

// Whether the heartbeat came after the leave. The nodes' seconds do not begin at the same moment, so within one of them
// nobody can tell; then it did: a node may say online for a while after it missed a leave, but nobody is falsely
// offline.
bool is_younger_news(ReplicaReads::Age heartbeat, ReplicaReads::Age leave) {
  return !heartbeat || !leave || *heartbeat <= *leave + std::chrono::seconds{1};
}

}  // namespace

void split_told_of(const NodeLists& lists, std::span<const UserId> users, BatchSplit& split) {
  split.begin(lists.numbers());
  for (std::uint32_t place = 0; place < users.size(); ++place) {
    for (const std::uint32_t node : lists.told_of(users[place])) split.add(place, users[place], node);
  }
}

void ReplicaReads::begin(const NodeLists& lists, std::span<const UserId> users, bool with_ages) {
  lists_ = &lists;
  users_ = users;
  answers_.assign(users.size(), ReplicaAnswer::kNothing);
  torn_.clear();
  open_.resize(users.size());
  std::iota(open_.begin(), open_.end(), 0U);
  round_ = 0;
  asks_again_ = false;
  asks_ages_ = with_ages;
  if (with_ages) ages_.assign(users.size(), Age{});
}

std::span<const BatchSplit::Part> ReplicaReads::next() {
  split_.begin(lists_->numbers());
  std::size_t kept = 0;
  for (const std::uint32_t place : open_) {
    if (is_settled(place)) continue;
    const auto homes = lists_->asked_about(users_[place]);
    if (round_ == homes.size()) continue;
    split_.add(place, users_[place], homes[round_]);
    open_[kept++] = place;
  }
  open_.resize(kept);
  if (open_.empty() && !torn_.empty()) {
    begin_ages(std::exchange(torn_, {}));
    return next();
  }
  ++round_;
  return split_.cut();
}

// Nodes of earlier lists have nothing to say about those who have left a node of today, nor about who is right.
bool ReplicaReads::is_settled(std::uint32_t place) const noexcept {
  const ReplicaAnswer answer = answers_[place];
  if (is_final(answer)) return true;
  const bool has_left = answer == ReplicaAnswer::kLeft || answer == ReplicaAnswer::kTorn;
  return (has_left || asks_again_) && round_ >= lists_->copies();
}

void ReplicaReads::begin_ages(std::vector<std::uint32_t> places) {
  open_ = std::move(places);
  for (const std::uint32_t place : open_) answers_[place] = ReplicaAnswer::kNothing;
  ages_.assign(users_.size(), Age{});
  asks_ages_ = asks_again_ = true;
  round_ = 0;
}

void ReplicaReads::hear(const BatchSplit::Part& part, std::span<const Presence> replies) {
  for (std::size_t i = 0; i < replies.size(); ++i) take(part.places[i], replies[i], {});
}

void ReplicaReads::hear(const BatchSplit::Part& part, std::span<const UserStatus> replies) {
  for (std::size_t i = 0; i < replies.size(); ++i) take(part.places[i], replies[i].presence, replies[i].age);
}

void ReplicaReads::miss(const BatchSplit::Part& part) {
  for (const std::uint32_t place : part.places) take(place, std::nullopt, {});
}

void ReplicaReads::take(std::uint32_t place, std::optional<Presence> said, Age age) {
  using enum ReplicaAnswer;
  ReplicaAnswer& answer = answers_[place];
  const ReplicaAnswer before = answer;
  answer = round_ > lists_->copies() ? merge_earlier(before, said) : merge(before, said);
  if (!asks_ages_) {
    if (answer == kTorn && before != kTorn) torn_.push_back(place);
    return;
  }
  Age& held = ages_[place];
  if (answer == kTorn) answer = is_younger_news(age, held) ? kOnline : kLeft;
  if (answer == kOnline || (answer == kLeft && before != kLeft)) {
    held = age;
  } else if (age && (answer != kLeft || said == Presence::kLeft)) {
    held = std::min(held.value_or(*age), *age);
  }
}

}  // namespace lastbeat
