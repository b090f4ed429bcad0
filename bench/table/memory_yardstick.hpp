// What the memory of this machine allows at best: the yardstick for the table's figures.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lastbeat::bench {

// Memory of its own in large pages, where the system has them. Threads: one at a time.
class MemoryYardstick {
 public:
  // How many accesses ahead the prefetch may be: which serves best differs between machines.
  static constexpr std::array<std::size_t, 3> kDistances{16, 32, 64};
  // Far more than caches hold and page tables of one level reach; more would take memory from what is measured.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30U;

  // Takes and touches `bytes`, rounded to the nearest 2 MiB and at least that, and kMostBytes at most. Throws
  // std::bad_alloc when there is not that much memory.
  explicit MemoryYardstick(std::uint64_t bytes);
  ~MemoryYardstick();
  MemoryYardstick(const MemoryYardstick&) = delete;
  MemoryYardstick& operator=(const MemoryYardstick&) = delete;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return words_.size_bytes(); }

  // Read-modify-writes a second of 8 bytes at random places, of all threads together, for each of kDistances. Takes
  // `duration` in all.
  [[nodiscard]] std::array<double, kDistances.size()> rmw_rates(std::uint32_t threads,
                                                                std::chrono::milliseconds duration) const;
  // Bytes a second, in their order, by one thread.
  [[nodiscard]] double read_rate(std::chrono::milliseconds duration) const;

 private:
  std::size_t mapped_bytes_;
  void* start_ = nullptr;
  std::span<std::uint64_t> words_;
};

}  // namespace lastbeat::bench
