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
void IdMixer::set_key(NextWord next) {
  for (Round& round : rounds_) {
    round.xor_key = next();
    round.multiplier = next() | 1U;
    round.inverse = inverse_of_odd(round.multiplier);
  }
}

IdMixer::IdMixer() {
  std::random_device device;
  set_key([&] { return std::uint64_t{device()} << 32U | device(); });
}

IdMixer::IdMixer(std::uint64_t seed) noexcept { set_key(std::mt19937_64{seed}); }

UserId IdMixer::unmix(std::uint64_t mixed) const noexcept {
  std::uint64_t x = mixed ^ mixed >> kShift;
  for (std::size_t i = rounds_.size(); i-- > 0;) {
    x *= rounds_[i].inverse;
    x ^= x >> kShift;
    x ^= rounds_[i].xor_key;
  }
  return UserId{x};
}

}  // namespace lastbeat
