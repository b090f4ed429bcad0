// Memory for one pending handler at a time, used again and again.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace lastbeat::bench {

// Asio keeps the memory of a few finished handlers for the next ones; with a timer on each of many connections that is
// not enough, and every fourth request of a scheduled load allocated. Threads: one.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  ~HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  // The memory, or some of the heap while that is in use or when it is too small.
  [[nodiscard]] void* allocate(std::size_t bytes) {
    if (is_used_ || bytes > memory_.size()) return ::operator new(bytes);
    is_used_ = true;
    return memory_.data();
  }
  void release(void* memory) noexcept {
    if (memory == memory_.data()) {
      is_used_ = false;
    } else {
      ::operator delete(memory);
    }
  }

 private:
  static constexpr std::size_t kBytes = 256;  // a timer's handler takes about 100
  alignas(std::max_align_t) std::array<std::byte, kBytes> memory_{};
  bool is_used_ = false;
};

// What asio::bind_allocator wants. Shares the memory: a handler that is dropped with its context may outlive the
// connection that it belonged to.
template <class T>
class HandlerAllocator {
 public:
  using value_type = T;  // NOLINT(readability-identifier-naming): the standard's name
  explicit HandlerAllocator(std::shared_ptr<HandlerMemory> memory) noexcept : memory_{std::move(memory)} {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U>& other) noexcept  // NOLINT(google-explicit-constructor): the standard's
      : memory_{other.memory_} {}

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
  void deallocate(T* at, std::size_t) noexcept { memory_->release(at); }
  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const noexcept {
    return memory_ == other.memory_;
  }

 private:
  template <class U>
  friend class HandlerAllocator;
  std::shared_ptr<HandlerMemory> memory_;
};

}  // namespace lastbeat::bench
