// Which users a benchmark talks about: the i-th has an id that looks random and need not be stored.
#pragma once

#include <cstdint>

#include "protocol/types.hpp"

namespace lastbeat::bench {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection on 64 bits.
[[nodiscard]] constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
  return x ^ x >> 31U;
}

// The id of user `index`; different users have different ids. About 1 ns.
[[nodiscard]] constexpr UserId nth_user(std::uint64_t index) noexcept {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;  // odd, so that this is still a bijection
  return UserId{scramble((index + 1) * kGolden)};
}

// Xorshift64 (Marsaglia 2003): cheap enough to stand in a loop that measures memory.
class Random {
 public:
  // Different seeds give different sequences.
  explicit constexpr Random(std::uint64_t seed) noexcept : state_{scramble(seed + 1)} {}

  [[nodiscard]] constexpr std::uint64_t next() noexcept {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_;
  }
  // From 0 to limit - 1. Requires a limit from 1 to 2^32.
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t limit) noexcept { return (next() >> 32U) * limit >> 32U; }

 private:
  std::uint64_t state_;  // never 0: scramble(0) is the only 0, and no seed gives that
};

}  // namespace lastbeat::bench
