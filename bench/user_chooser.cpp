#include "bench/user_chooser.hpp"

#include <algorithm>
#include <cmath>

namespace lastbeat::bench {
namespace {

constexpr double kTheta = 0.99;
constexpr double kAlpha = 1 / (1 - kTheta);

double weight(double k) { return std::pow(k, -kTheta); }

// The sum of weight(k) for k from 1 to n: the first terms one by one, the others by the Euler-Maclaurin formula, whose
// error after a thousand terms is far below a double's.
double zeta(std::uint64_t n) {
  constexpr std::uint64_t kOneByOne = 1000;
  double sum = 0;
  for (std::uint64_t k = 1; k <= std::min(n, kOneByOne); ++k) sum += weight(static_cast<double>(k));
  if (n <= kOneByOne) return sum;
  const auto from = static_cast<double>(kOneByOne);
  const auto to = static_cast<double>(n);
  const auto integral = [](double x) { return std::pow(x, 1 - kTheta) / (1 - kTheta); };
  const auto slope = [](double x) { return -kTheta * weight(x) / x; };
  sum += integral(to) - integral(from);
  sum += (weight(to) - weight(from)) / 2;
  return sum + (slope(to) - slope(from)) / 12;
}

// From 0 to just below 1.
double next_fraction(UserChooser::Random& random) {
  constexpr unsigned kSpareBits = 64 - 53;  // a double has 53
  return static_cast<double>(random() >> kSpareBits) * 0x1p-53;
}

}  // namespace

UserChooser::UserChooser(std::uint64_t users, Distribution distribution) : users_{users}, distribution_{distribution} {
  if (distribution == Distribution::kUniform) return;
  zeta_ = zeta(users);
  // With one user or two the first two ranks are all, and eta is not used.
  if (users <= 2) return;
  eta_ = (1 - std::pow(2 / static_cast<double>(users), 1 - kTheta)) / (1 - zeta(2) / zeta_);
}

std::uint64_t UserChooser::next_rank(Random& random) const {
  const double fraction = next_fraction(random);
  const double place = fraction * zeta_;
  if (place < 1) return 0;
  if (users_ == 1) return 0;
  static const double first_two = 1 + weight(2);
  if (place < first_two || users_ == 2) return 1;
  const double share = std::pow(eta_ * fraction - eta_ + 1, kAlpha);
  // Rounding may give 1, and users as a double may be one too many, or not fit at all.
  if (share >= 1) return users_ - 1;
  const double rank = static_cast<double>(users_) * share;
  constexpr double kTooMany = 0x1p64;
  return rank < kTooMany ? std::min(static_cast<std::uint64_t>(rank), users_ - 1) : users_ - 1;
}

std::uint64_t UserChooser::spread(std::uint64_t rank) const noexcept {
  constexpr std::uint64_t kOffset = 0xCBF29CE484222325U;
  constexpr std::uint64_t kPrime = 0x100000001B3U;
  std::uint64_t hash = kOffset;
  for (unsigned shift = 0; shift < 64; shift += 8) hash = (hash ^ (rank >> shift & 0xFFU)) * kPrime;
  return scale(hash);
}

}  // namespace lastbeat::bench
