// The time that a benchmark hands to a table: it moves when told to, so that nothing is ever waited for.
#pragma once

#include "table/published_time.hpp"

namespace lastbeat::bench {

// Threads: one advances, any may read.
class BenchTime {
 public:
  [[nodiscard]] const PublishedTime& published() const noexcept { return published_; }
  void advance(Second by) noexcept { published_.publish({.now = published_.load().now + by}); }

 private:
  static constexpr Second kStart = 1000;  // room for every age below it
  PublishedTime published_{Moment{.now = kStart}};
};

}  // namespace lastbeat::bench
