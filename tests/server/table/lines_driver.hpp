// Random and fuzzed operations on the lines of one stripe, against a std::map.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "table/lines.hpp"

namespace lastbeat::test {

// Throws std::logic_error, with what is wrong, as soon as the lines and the map disagree.
class LinesDriver {
 public:
  // A world of 2^rest_bits rests.
  explicit LinesDriver(unsigned rest_bits);

  // Does something that the two numbers choose.
  void step(std::uint64_t what, std::uint64_t rest);
  // Compares everything.
  void check() const;

  [[nodiscard]] std::size_t size() const { return model_.size(); }
  [[nodiscard]] std::uint64_t guests_seen() const { return guests_seen_; }
  [[nodiscard]] std::uint64_t rebuilds() const { return rebuilds_; }
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }
  // With 16 lines or more and lanes left in plenty. Of random rests, each would be a fault of the search for a place;
  // rests chosen to meet in few lines, which only the mixer's secret key prevents, are refused by right.
  [[nodiscard]] std::uint64_t early_refusals() const { return early_refusals_; }

 private:
  void insert(std::uint64_t rest, ShortStamp stamp);
  void erase(std::uint64_t rest);
  void rebuild(std::uint32_t count);
  void settle();
  [[nodiscard]] Lines view() const;

  Geometry geometry_;
  mutable std::vector<Line> region_;
  std::uint32_t count_ = 0;
  Lines::Copy copy_;
  std::map<std::uint64_t, ShortStamp> model_;
  std::uint64_t guests_seen_ = 0;
  std::uint64_t rebuilds_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t early_refusals_ = 0;
};

}  // namespace lastbeat::test
