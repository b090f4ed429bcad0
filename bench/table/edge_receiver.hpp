// A receiver of edges that has room for only so many, and a thread that takes them away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "table/edge.hpp"

namespace lastbeat::bench {

// What came: how many, and the sum of the users' ids. Ids look random, so that two equal tallies mean the same users,
// each as often.
struct EdgeTally {
  std::uint64_t count = 0;
  std::uint64_t id_sum = 0;  // modulo 2^64
  void add(UserId user) noexcept {
    ++count;
    id_sum += static_cast<std::uint64_t>(user);
  }
  friend bool operator==(const EdgeTally&, const EdgeTally&) = default;
};

// Counts timeouts; whoever comes online or leaves is none of its business. Threads: any.
class EdgeReceiver final : public EdgeSink {
 public:
  // Room for `capacity` timeouts, at least 1, touched. The thread runs until stop().
  explicit EdgeReceiver(std::size_t capacity);

  void take(std::span<const Edge> edges) noexcept override;
  [[nodiscard]] std::size_t room() const noexcept override;

  // Ends the thread when everything that was taken is counted. Call it once.
  [[nodiscard]] EdgeTally stop();
  // Timeouts that came when there was no room. They are lost.
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  void drain(const std::stop_token& stop);
  // The number of timeouts that were there to count.
  std::size_t count_some();

  mutable std::mutex mutex_;
  std::vector<UserId> ring_;
  std::size_t first_ = 0;  // the oldest
  std::size_t size_ = 0;
  std::uint64_t lost_ = 0;
  EdgeTally tally_;      // the thread's own until it has ended
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace lastbeat::bench
