// The buckets of the histograms: constant memory for values of any size, with a bounded relative error.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace lastbeat::log_linear {

// Every power of two is cut into 32 equal buckets, so the end of a value's bucket is at most 1/32 (3.2 %) above the
// value. The idea is HdrHistogram's (G. Tene).
inline constexpr unsigned kSubBits = 5;
inline constexpr std::uint64_t kSub = 1U << kSubBits;
inline constexpr std::size_t kBuckets = (64 - kSubBits + 1) * kSub;

// Values below 2 * kSub have buckets of their own.
[[nodiscard]] constexpr std::size_t index_of(std::uint64_t value) noexcept {
  if (value < kSub) return static_cast<std::size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
  return static_cast<std::size_t>((shift + 1) * kSub + ((value >> shift) - kSub));
}

// The largest value of a bucket.
[[nodiscard]] constexpr std::uint64_t upper_end(std::size_t index) noexcept {
  if (index < kSub) return index;
  const std::uint64_t shift = index / kSub - 1;
  return ((index % kSub + kSub + 1) << shift) - 1;
}

}  // namespace lastbeat::log_linear
