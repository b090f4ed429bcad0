#include "bench/statistics.hpp"

#include <algorithm>

namespace lastbeat::bench {

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t upper = values.size() / 2;
  const std::size_t lower = (values.size() - 1) / 2;
  return {.lowest = values.front(), .median = (values[lower] + values[upper]) / 2, .highest = values.back()};
}

std::vector<double> paired_ratios(std::span<const double> figures, std::span<const double> base) {
  std::vector<double> ratios;
  ratios.reserve(figures.size());
  for (std::size_t i = 0; i < std::min(figures.size(), base.size()); ++i) {
    if (base[i] > 0) ratios.push_back(figures[i] / base[i]);
  }
  return ratios;
}

}  // namespace lastbeat::bench
