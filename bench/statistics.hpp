// What repeated runs come to.
#pragma once

#include <span>
#include <vector>

namespace lastbeat::bench {

// The middle of repeated figures, and how far they lie apart.
struct Spread {
  double lowest = 0;
  double median = 0;
  double highest = 0;
};

// The median of an even number of values is the mean of the two in the middle. Zeros when there are none.
[[nodiscard]] Spread spread_of(std::vector<double> values);

// Figure by figure, `figures` over `base`: both must have been taken in the same rounds, so that what the machine does
// to one round falls out. Pairs without a base above zero are left out, and so is what has no partner.
[[nodiscard]] std::vector<double> paired_ratios(std::span<const double> figures, std::span<const double> base);

}  // namespace lastbeat::bench
