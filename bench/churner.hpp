// Connections of a check that come and go.
#pragma once

#include <cstdint>

#include "bench/checker.hpp"

namespace lastbeat::bench {

// Opens a connection, takes a few steps of a checker on it, closes it, and so on. Threads: one a churner.
class Churner {
 public:
  static constexpr std::uint32_t kStepsAConnection = 3;
  static constexpr std::uint32_t kLargestBatch = 10;

  // `interval`: from one connection to the next.
  Churner(Checker checker, Nanoseconds interval, CheckTotals& totals);

  // Until `end`, or SIGINT, or until the server is gone or is another one.
  void run(Nanoseconds end);

 private:
  Checker checker_;
  const Nanoseconds interval_;
  CheckTotals& totals_;
};

}  // namespace lastbeat::bench
