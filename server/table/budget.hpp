// A bounded amount of what is held: users, connections, bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace lastbeat {

// Threads: any. Touched only when something comes or goes. At the limit, two takers at once may both be refused.
class Budget {
 public:
  explicit Budget(std::uint64_t limit) noexcept : limit_{limit} {}

  // Takes room for so many; false, and nothing is taken, when that is more than is left.
  [[nodiscard]] bool take(std::uint64_t count = 1) noexcept {
    if (used_.fetch_add(count, std::memory_order_relaxed) + count <= limit_) return true;
    give_back(count);
    return false;
  }
  void give_back(std::uint64_t count) noexcept { used_.fetch_sub(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

// An amount of a budget that changes, given back when the share dies. Threads: one at a time.
class Share {
 public:
  // The budget outlives the share.
  explicit Share(Budget& budget) noexcept : budget_{budget} {}
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;
  ~Share() { budget_.give_back(amount_); }

  // False, and the amount stays as it was, when it grows by more than the budget has left.
  [[nodiscard]] bool change_to(std::uint64_t amount) noexcept {
    if (amount > amount_ && !budget_.take(amount - amount_)) return false;
    if (amount < amount_) budget_.give_back(amount_ - amount);
    amount_ = amount;
    return true;
  }

 private:
  Budget& budget_;
  std::uint64_t amount_ = 0;
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
