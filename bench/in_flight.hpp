// The requests of one connection that wait for their replies.
#pragma once

#include <cstddef>
#include <vector>

namespace lastbeat::bench {

// A ring of what is to be known about each of them, oldest first: replies come in order. A std::deque would allocate a
// block every 64 requests. Threads: one.
template <class Entry>
class InFlight {
 public:
  // Requires most > 0. Allocates here and never again.
  explicit InFlight(std::size_t most) : entries_(most) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_full() const noexcept { return size_ == entries_.size(); }
  // Requires !is_full().
  void push(Entry entry) noexcept {
    std::size_t at = oldest_ + size_;
    if (at >= entries_.size()) at -= entries_.size();
    entries_[at] = entry;
    ++size_;
  }
  // Requires size() > 0.
  [[nodiscard]] Entry front() const noexcept { return entries_[oldest_]; }
  // Requires size() > 0.
  Entry pop() noexcept {
    const Entry entry = front();
    if (++oldest_ == entries_.size()) oldest_ = 0;
    --size_;
    return entry;
  }

 private:
  std::vector<Entry> entries_;
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
};

}  // namespace lastbeat::bench
