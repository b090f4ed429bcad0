// The memory of the table: a range of addresses of which only what is in use is backed by memory.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace lastbeat {

// A reserved range in units of 2 MiB, huge pages where the kernel gives them. A unit has memory (zeroed) from
// make_ready() until the last who holds it lets go. Memory is first touched by this class alone, and never while a
// caller holds a lock: 2 MiB can take milliseconds.
// Threads: any.
class Arena {
 public:
  static constexpr std::size_t kUnitBytes = std::size_t{2} << 20U;

  // Reserves `bytes`, or less where the system limits addresses: see size_bytes(). Throws std::bad_alloc when it gives
  // not even `least_bytes`. Starts a helper thread.
  Arena(std::size_t bytes, std::size_t least_bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] std::byte* data() const noexcept { return start_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
  // Memory now in use, whole units.
  [[nodiscard]] std::size_t ready_bytes() const noexcept {
    return ready_units_.load(std::memory_order_relaxed) * kUnitBytes;
  }

  // Holds the unit; false, and the helper is asked to make it ready, when it has no memory yet. Never waits.
  [[nodiscard]] bool try_hold(std::size_t unit) noexcept;
  // Makes the unit ready first, if need be; false when the system gives no memory. May take milliseconds.
  [[nodiscard]] bool hold(std::size_t unit) noexcept;
  // Lets go. The last one gives the memory back to the system. (A few units that were asked for and never held stay.)
  void release(std::size_t unit) noexcept;

 private:
  // Among the first units, the next one is made ready when one is first used: a table that is still small grows by
  // large shares of what it has, and would have to wait.
  static constexpr std::size_t kEagerUnits = 16;

  // A unit's state: kReady, kWanted, and below them how many hold it.
  static constexpr std::uint32_t kReady = 1U << 31U;
  static constexpr std::uint32_t kWanted = 1U << 30U;

  [[nodiscard]] bool hold_ready(std::size_t unit) noexcept;
  [[nodiscard]] bool make_ready(std::size_t unit) noexcept;
  void want(std::size_t unit) noexcept;
  void help(const std::stop_token& stop);

  std::byte* reservation_ = nullptr;  // start_ is its first whole unit
  std::size_t reserved_bytes_ = 0;
  std::byte* start_ = nullptr;
  std::size_t size_bytes_ = 0;
  std::vector<std::atomic<std::uint32_t>> states_;
  std::atomic<std::size_t> ready_units_{0};
  std::mutex backing_;  // one unit gets or loses its memory at a time

  std::mutex wanted_mutex_;
  std::condition_variable_any wanted_changed_;
  std::deque<std::size_t> wanted_;  // each unit at most once
  std::jthread helper_;             // last: it uses everything above
};

}  // namespace lastbeat
