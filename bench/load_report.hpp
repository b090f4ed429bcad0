// What a load found out, for people and for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>

#include "bench/histogram.hpp"
#include "bench/options.hpp"
#include "bench/server_usage.hpp"

namespace lastbeat::bench {

struct LoadOutcome {
  double seconds = 0;  // from the first request to the last reply that counts
  std::uint64_t operations = 0;
  std::uint64_t unanswered = 0;  // operations in flight at the end and, with a rate, those due but never sent
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t> messages;  // of errors, with their numbers
  Histogram latency_ns;
  std::chrono::microseconds bench_cpu{0};  // of the threads of the load
  std::optional<ServerUsage> before;
  std::optional<ServerUsage> after;
};

[[nodiscard]] double operations_per_second(const LoadOutcome& outcome);
// Empty when the server did not tell.
[[nodiscard]] std::optional<double> server_cpu_seconds(const LoadOutcome& outcome);
// Of the time that the threads of the load had, how much they were running: 0 to 1.
[[nodiscard]] double bench_cpu_share(const LoadOutcome& outcome, const LoadOptions& options);
// The load used at least nine tenths of its threads: what was measured may be the load and not the server.
[[nodiscard]] bool is_saturated(const LoadOutcome& outcome, const LoadOptions& options);

// Scripts rely on the names; what the server did not tell is null.
[[nodiscard]] std::string to_json(const LoadOutcome& outcome, const LoadOptions& options);

void print(const LoadOutcome& outcome, const LoadOptions& options, std::ostream& out);

}  // namespace lastbeat::bench
