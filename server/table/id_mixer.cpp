#include "table/id_mixer.hpp"

#include <random>

namespace lastbeat {
namespace {

// Newton's iteration: each step doubles the number of right bits, and an odd number is its own inverse mod 8.
std::uint64_t inverse_of_odd(std::uint64_t odd) noexcept {
  std::uint64_t inverse = odd;
  for (int right_bits = 3; right_bits < 64; right_bits *= 2) inverse *= 2 - odd * inverse;
  return inverse;
}

}  // namespace

template <class NextWord>
IdMixer::IdMixer(unsigned bits, NextWord next) : shift_{(bits + 1) / 2}, mask_{~std::uint64_t{0} >> (64 - bits)} {
  for (Round& round : rounds_) {
    round.xor_key = next() & mask_;
    round.multiplier = next() | 1U;
    round.inverse = inverse_of_odd(round.multiplier);
  }
}

IdMixer::IdMixer(unsigned bits)
    : IdMixer{bits, [] {
                std::random_device device;
                return std::uint64_t{device()} << 32U | device();
              }} {}

IdMixer IdMixer::from_seed(std::uint64_t seed, unsigned bits) noexcept { return IdMixer{bits, std::mt19937_64{seed}}; }

UserId IdMixer::unmix(std::uint64_t mixed) const noexcept {
  std::uint64_t x = mixed ^ mixed >> shift_;
  for (std::size_t i = rounds_.size(); i-- > 0;) {
    x = x * rounds_[i].inverse & mask_;
    x ^= x >> shift_;
    x ^= rounds_[i].xor_key;
  }
  return UserId{x};
}

}  // namespace lastbeat
