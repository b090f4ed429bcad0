#include "dynamo/pending_reads.hpp"

#include <utility>

namespace lastbeat::dynamo {

bool PendingReads::add(UserId user, Asker asker) {
  if (askers_ >= most_askers_) return false;
  ++askers_;
  auto& askers = users_[user];
  if (askers.empty()) order_.push_back(user);
  askers.push_back(std::move(asker));
  return true;
}

std::vector<PendingReads::Read> PendingReads::next(std::size_t most) {
  std::vector<Read> reads;
  while (!order_.empty() && reads.size() < most) reads.push_back(pop());
  return reads;
}

std::vector<PendingReads::Read> PendingReads::late(Job::Time began) {
  std::vector<Read> reads;
  while (!order_.empty() && users_.at(order_.front()).front().job->began < began) reads.push_back(pop());
  return reads;
}

PendingReads::Read PendingReads::pop() {
  const auto found = users_.find(order_.front());
  order_.pop_front();
  askers_ -= found->second.size();
  Read read{.user = found->first, .askers = std::move(found->second)};
  users_.erase(found);
  return read;
}

}  // namespace lastbeat::dynamo
