// What a load found out, for people and for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>

#include "bench/environment.hpp"
#include "bench/histogram.hpp"
#include "bench/options.hpp"

namespace lastbeat::bench {

struct LoadOutcome {
  double seconds = 0;  // from the first request to the last reply that counts
  std::uint64_t operations = 0;
  std::uint64_t unanswered = 0;  // operations in flight at the end and, with a rate, those due but never sent
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t> messages;  // of errors, with their numbers
  Histogram latency_ns;
  std::chrono::microseconds bench_cpu{0};
  std::optional<ServerUsage> before;
  std::optional<ServerUsage> after;
};

// The load used at least nine tenths of its threads: what was measured may be the load and not the server.
[[nodiscard]] bool is_saturated(const LoadOutcome& outcome, const LoadOptions& options);

// Scripts rely on the names; what the server did not tell is null.
[[nodiscard]] std::string to_json(const LoadOutcome& outcome, const LoadOptions& options);

void print(const LoadOutcome& outcome, const LoadOptions& options, std::ostream& out);

}  // namespace lastbeat::bench
