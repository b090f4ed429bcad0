#include "table_bench/edge_receiver.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace lastbeat::bench {

EdgeReceiver::EdgeReceiver(std::size_t capacity)
    : ring_(capacity), thread_{[this](const std::stop_token& stop) { drain(stop); }} {}

void EdgeReceiver::take(std::span<const Edge> edges) noexcept {
  const std::lock_guard lock{mutex_};
  for (const Edge& edge : edges) {
    if (edge.cause != EdgeCause::kTimeout) continue;
    if (size_ == ring_.size()) {
      ++lost_;
    } else {
      ring_[(first_ + size_) % ring_.size()] = edge.user;
      ++size_;
    }
  }
}

std::size_t EdgeReceiver::room() const noexcept {
  const std::lock_guard lock{mutex_};
  return ring_.size() - size_;
}

EdgeTally EdgeReceiver::stop() {
  thread_.request_stop();
  thread_.join();
  return tally_;
}

std::uint64_t EdgeReceiver::lost() const noexcept {
  const std::lock_guard lock{mutex_};
  return lost_;
}

void EdgeReceiver::drain(const std::stop_token& stop) {
  constexpr std::chrono::microseconds kPause{50};
  // Whether to stop is asked first: what was taken before that is then seen by count_some.
  for (bool stopping = false; !stopping;) {
    stopping = stop.stop_requested();
    while (count_some() != 0) continue;
    if (!stopping) std::this_thread::sleep_for(kPause);
  }
}

std::size_t EdgeReceiver::count_some() {
  std::array<UserId, 1024> users{};
  std::size_t count = 0;
  {
    const std::lock_guard lock{mutex_};
    count = std::min(size_, users.size());
    for (std::size_t i = 0; i < count; ++i) users[i] = ring_[(first_ + i) % ring_.size()];
    first_ = (first_ + count) % ring_.size();
    size_ -= count;
  }
  for (std::size_t i = 0; i < count; ++i) tally_.add(users[i]);
  return count;
}

}  // namespace lastbeat::bench
