// Zeroed memory straight from the operating system.
#pragma once

#include <cstddef>
#include <utility>

namespace lastbeat {

// Whole pages from mmap, given back the moment the block dies: a heap would keep the memory of users who have left.
class PageBlock {
 public:
  PageBlock() = default;
  // At least `bytes` zeroed bytes. An empty block when the system has no memory to give.
  [[nodiscard]] static PageBlock allocate(std::size_t bytes) noexcept;
  PageBlock(PageBlock&& other) noexcept
      : start_{std::exchange(other.start_, nullptr)}, bytes_{std::exchange(other.bytes_, 0)} {}
  PageBlock& operator=(PageBlock&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  PageBlock(const PageBlock&) = delete;
  PageBlock& operator=(const PageBlock&) = delete;
  ~PageBlock();

  [[nodiscard]] bool is_empty() const noexcept { return start_ == nullptr; }
  [[nodiscard]] std::byte* data() const noexcept { return start_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_; }

 private:
  std::byte* start_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace lastbeat
