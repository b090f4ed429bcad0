#include "bench/statistics.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;

TEST_CASE("the middle of repeated figures, and how far they lie apart") {
  struct Row {
    std::vector<double> values;
    double lowest;
    double median;
    double highest;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {{5}, 5, 5, 5, "one is all three"},
      {{3, 1, 2}, 1, 2, 3, "an odd number, out of order"},
      {{4, 1, 3, 2}, 1, 2.5, 4, "an even number: the mean of the two in the middle"},
      {{1, 1, 100}, 1, 1, 100, "an outlier moves the spread and not the median"},
      {{}, 0, 0, 0, "none"},
  }));
  INFO(row.why);
  const Spread spread = spread_of(row.values);
  CHECK(spread.lowest == row.lowest);
  CHECK(spread.median == row.median);
  CHECK(spread.highest == row.highest);
}

TEST_CASE("ratios pair the runs of the same round") {
  // The machine was half as fast in the second round: the ratio does not notice.
  CHECK(paired_ratios(std::vector<double>{10, 20}, std::vector<double>{5, 10}) == std::vector<double>{2, 2});
  CHECK(paired_ratios(std::vector<double>{10, 20}, std::vector<double>{0, 10}) == std::vector<double>{2});
  CHECK(paired_ratios(std::vector<double>{10, 20, 30}, std::vector<double>{5}) == std::vector<double>{2});
  CHECK(paired_ratios({}, {}).empty());
}
