// When the requests of an open-loop load are due.
#pragma once

#include <chrono>
#include <cstdint>

namespace lastbeat::bench {

// Request i of connection c is due at a time that depends on nothing but the rate, so a slow server cannot slow the
// schedule down and hide its own delay: latencies count from due(i), however late the request could be sent. A request
// whose time has come while the pipeline is full waits and is sent as soon as there is room; none is skipped. What
// waits takes no memory, since its time follows from its number; what is still waiting at the end is counted
// (due_within) and told.
class Schedule {
 public:
  using Duration = std::chrono::nanoseconds;

  // `requests_per_second` over all connections; they take turns. Requires all arguments to be positive, connection <
  // connections.
  Schedule(double requests_per_second, std::uint64_t connections, std::uint64_t connection) noexcept
      : interval_{1e9 * static_cast<double>(connections) / requests_per_second},
        offset_{1e9 * static_cast<double>(connection) / requests_per_second} {}

  // Time of request i after the start.
  [[nodiscard]] Duration due(std::uint64_t i) const noexcept {
    return Duration{static_cast<Duration::rep>(offset_ + interval_ * static_cast<double>(i))};
  }
  // How many requests are due at `elapsed` after the start, or before.
  [[nodiscard]] std::uint64_t due_within(Duration elapsed) const noexcept {
    const double since_first = static_cast<double>(elapsed.count()) - offset_;
    return since_first < 0 ? 0 : static_cast<std::uint64_t>(since_first / interval_) + 1;
  }

 private:
  double interval_;  // nanoseconds
  double offset_;
};

}  // namespace lastbeat::bench
