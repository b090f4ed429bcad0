// What a check found out, for people and for programs.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "bench/check_totals.hpp"
#include "bench/options.hpp"
#include "bench/server_samples.hpp"

namespace lastbeat::bench {

struct CheckOutcome {
  std::chrono::seconds ttl{0};
  std::chrono::duration<double> ran_for{0};
  const CheckTotals& totals;
  ServerSamples samples;
};

// How long memory and descriptors may grow before growth counts: users come in, and buffers find their sizes. Two ttl
// or a tenth of the run, whichever is longer, and half of the run at most.
[[nodiscard]] std::chrono::duration<double> warm_up_of(const CheckOutcome& outcome);

// "1 answers, 0 wrong, ..." on one line, without its end.
void print_totals(const CheckTotals& totals, std::ostream& out);
void print(const CheckOutcome& outcome, const CheckOptions& options, std::ostream& out);

// Scripts rely on the names; what is not known is null.
[[nodiscard]] std::string to_json(const CheckOutcome& outcome, const CheckOptions& options);

}  // namespace lastbeat::bench
