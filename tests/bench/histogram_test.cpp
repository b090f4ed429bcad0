#include "bench/histogram.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include "support/catch.hpp"

using lastbeat::bench::Histogram;

TEST_CASE("an empty histogram says nothing") {
  const Histogram histogram;
  CHECK(histogram.total() == 0);
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.max() == 0);
}

TEST_CASE("small values are exact") {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 64; ++value) histogram.record(value);
  CHECK(histogram.percentile(0.5) == 31);
  CHECK(histogram.percentile(1) == 63);
}

TEST_CASE("no percentile is above the largest value") {
  Histogram histogram;
  histogram.record(1000);
  CHECK(histogram.percentile(0) == 1000);
  CHECK(histogram.percentile(1) == 1000);
}

TEST_CASE("one value is every percentile of itself, at most 3.2 percent off") {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62U); value = value * 3 + 1) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(~std::uint64_t{0});
    const std::uint64_t found = histogram.percentile(0.5);
    CAPTURE(value);
    CHECK(found >= value);
    CHECK(found - value <= value / 32);
    CHECK(histogram.max() == ~std::uint64_t{0});
  }
}

TEST_CASE("percentiles agree with a sorted list, also after merging") {
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  std::lognormal_distribution<double> distribution{12, 2};
  std::vector<std::uint64_t> values;
  Histogram one;
  Histogram other;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint64_t>(distribution(random));
    values.push_back(value);
    (i % 3 == 0 ? one : other).record(value);
  }
  one.merge(other);
  std::sort(values.begin(), values.end());
  CHECK(one.total() == values.size());
  CHECK(one.max() == values.back());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const std::uint64_t exact = values[static_cast<std::size_t>(share * static_cast<double>(values.size())) - 1];
    CAPTURE(share);
    CHECK(one.percentile(share) >= exact);
    CHECK(one.percentile(share) <= exact + exact / 32 + 1);
  }
}

TEST_CASE("a record may count for many") {
  Histogram histogram;
  histogram.record(10, 99);
  histogram.record(50, 1);
  CHECK(histogram.total() == 100);
  CHECK(histogram.percentile(0.99) == 10);
  CHECK(histogram.percentile(1) == 50);
}
