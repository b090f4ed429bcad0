// A bounded count of things that are held: users, connections.
#pragma once

#include <atomic>
#include <cstdint>

namespace lastbeat {

// Threads: any. Touched only when something comes or goes. At the limit, two takers at once may both be refused.
class Budget {
 public:
  explicit Budget(std::uint64_t limit) noexcept : limit_{limit} {}

  // Takes room for one; false when the limit is reached.
  [[nodiscard]] bool take() noexcept {
    if (used_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
    give_back(1);
    return false;
  }
  void give_back(std::uint64_t count) noexcept { used_.fetch_sub(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace lastbeat
