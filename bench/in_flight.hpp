// The requests of one connection that wait for their replies.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace lastbeat::bench {

// A ring of the moments from which requests count, oldest first: replies come in order. A std::deque would allocate a
// block every 64 requests. Threads: one.
class InFlight {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // Requires most > 0. Allocates here and never again.
  explicit InFlight(std::size_t most) : moments_(most) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_full() const noexcept { return size_ == moments_.size(); }
  // Requires !is_full().
  void push(Moment moment) noexcept {
    std::size_t at = oldest_ + size_;
    if (at >= moments_.size()) at -= moments_.size();
    moments_[at] = moment;
    ++size_;
  }
  // Requires size() > 0.
  Moment pop() noexcept {
    const Moment moment = moments_[oldest_];
    if (++oldest_ == moments_.size()) oldest_ = 0;
    --size_;
    return moment;
  }

 private:
  std::vector<Moment> moments_;
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
};

}  // namespace lastbeat::bench
