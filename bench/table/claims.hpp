// Hands the users from 0 on out to threads, a batch at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "table_bench/subject.hpp"

namespace lastbeat::bench {

// Threads: any.
class Claims {
 public:
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    [[nodiscard]] bool is_empty() const noexcept { return begin >= end; }
  };
  explicit Claims(std::uint64_t users) noexcept : users_{users} {}

  // At most kBatch users whom nobody else gets; empty when all are handed out.
  [[nodiscard]] Range next() noexcept {
    const std::uint64_t begin = next_.fetch_add(kBatch, std::memory_order_relaxed);
    return {.begin = begin, .end = std::min(begin + kBatch, users_)};
  }

 private:
  const std::uint64_t users_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace lastbeat::bench
