// Spreads user ids over 64 bits with a secret key, reversibly.
#pragma once

#include <array>
#include <cstdint>

#include "protocol/types.hpp"

namespace lastbeat {

// A keyed bijection on 64 bits (or fewer, for tests that fill a small world): two rounds of xor, xor-shift and
// multiplication by a secret odd number. Ids come from outside, so without a key anyone could choose ids that meet in
// one stripe; and real ids (counters, snowflakes) share most of their bits, which would do the same by accident. The
// key is random at every start: nothing that outlives a process may depend on a mixed id. Threads: immutable after
// construction. Cost: about 3 ns.
class IdMixer {
 public:
  // A random key from the operating system. Throws std::exception when it has none to give.
  IdMixer() : IdMixer{64U} {}
  // As above, for ids below 2^bits; a mixed id is below 2^bits too. Requires 2 <= bits <= 64.
  explicit IdMixer(unsigned bits);
  // A key derived from `seed`, for tests that must repeat.
  [[nodiscard]] static IdMixer from_seed(std::uint64_t seed, unsigned bits = 64) noexcept;

  [[nodiscard]] std::uint64_t mix(UserId user) const noexcept {
    auto x = static_cast<std::uint64_t>(user);
    for (const Round& round : rounds_) {
      x ^= round.xor_key;
      x ^= x >> shift_;
      x = x * round.multiplier & mask_;
    }
    return x ^ x >> shift_;
  }
  // unmix(mix(user)) == user for every user.
  [[nodiscard]] UserId unmix(std::uint64_t mixed) const noexcept;

 private:
  struct Round {
    std::uint64_t xor_key = 0;
    std::uint64_t multiplier = 1;  // odd
    std::uint64_t inverse = 1;     // multiplier * inverse == 1 mod 2^64
  };
  template <class NextWord>
  IdMixer(unsigned bits, NextWord next);

  unsigned shift_;  // half of the bits, rounded up: x ^= x >> shift_ is its own inverse
  std::uint64_t mask_;
  std::array<Round, 2> rounds_;
};

}  // namespace lastbeat
