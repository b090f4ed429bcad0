// A bounded count of things that are held: users, connections.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

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

// One unit of a budget, given back when the lease dies. An empty lease holds nothing.
class Lease {
 public:
  Lease() = default;
  // Empty when the budget is used up. The budget outlives the lease.
  explicit Lease(Budget& budget) noexcept : budget_{budget.take() ? &budget : nullptr} {}
  Lease(Lease&& other) noexcept : budget_{std::exchange(other.budget_, nullptr)} {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(budget_, other.budget_);
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (budget_ != nullptr) budget_->give_back(1);
  }
  [[nodiscard]] bool is_empty() const noexcept { return budget_ == nullptr; }

 private:
  Budget* budget_ = nullptr;
};

}  // namespace lastbeat
