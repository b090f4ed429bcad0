// A lock of one byte, with the annotations that let clang check which data needs which lock (-Wthread-safety).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#if defined(__clang__)
#define LASTBEAT_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define LASTBEAT_THREAD_ANNOTATION(x)
#endif
#define LASTBEAT_GUARDED_BY(mutex) LASTBEAT_THREAD_ANNOTATION(guarded_by(mutex))
#define LASTBEAT_REQUIRES(...) LASTBEAT_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace lastbeat {

// For tens of thousands of locks that are held for less than a microsecond, mostly, and hardly ever contended: a
// std::mutex has 40 bytes. Unlocking is one plain store. Who has to wait spins briefly, then lets others run (the
// holder may have lost its core), then sleeps between two looks: at most 50 us late. Not fair, not recursive.
class LASTBEAT_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() noexcept LASTBEAT_THREAD_ANNOTATION(acquire_capability()) {
    if (locked_.exchange(1, std::memory_order_acquire) != 0) wait();
  }
  void unlock() noexcept LASTBEAT_THREAD_ANNOTATION(release_capability()) {
    locked_.store(0, std::memory_order_release);
  }

 private:
  [[gnu::noinline, gnu::cold]] void wait() noexcept {
    constexpr int kSpins = 100;
    constexpr int kYields = 20;
    constexpr std::chrono::microseconds kNap{50};
    for (int i = 0; locked_.load(std::memory_order_relaxed) != 0 || locked_.exchange(1, std::memory_order_acquire) != 0;
         ++i) {
      if (i < kSpins) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
      } else if (i < kSpins + kYields) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(kNap);
      }
    }
  }

  std::atomic<std::uint8_t> locked_{0};
};

}  // namespace lastbeat
