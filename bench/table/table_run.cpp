#include "table_bench/table_run.hpp"

#include <algorithm>
#include <ostream>

#include "bench/environment.hpp"
#include "table_bench/table_report.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::uint64_t kMostUsersHeld = 200'000'000;
constexpr SecondsTaken kLongestSpin{3};

void measure_rates(Subject& subject, BenchTime& time, const TableOptions& options, TableOutcome& outcome) {
  const double table_bytes = outcome.growth.bytes_per_user() * static_cast<double>(options.users);
  const MemoryYardstick yardstick{static_cast<std::uint64_t>(std::max(0.0, table_bytes))};
  const auto [rates, limit] = measure_rates(subject, time, yardstick, options.users, options.threads, options.duration);
  outcome.rates = rates;
  outcome.limit = limit;
}

// Everything that one table without a receiver and without an observer tells.
void measure_plain_table(const TableOptions& options, TableOutcome& outcome, std::ostream& progress) {
  BenchTime time;
  const std::uint64_t bytes_before = settled_resident_bytes();
  Table table{TableConfig{}, time.published()};
  TableSubject subject{table};
  progress << "  growth\n";
  outcome.growth = grow(subject, options.users, options.threads, bytes_before);
  outcome.spin_longest = longest_spin_gap(options.threads, std::min(kLongestSpin, outcome.growth.took));
  progress << "  rates, and limits of the machine\n";
  measure_rates(subject, time, options, outcome);
  progress << "  passes\n";
  outcome.passes = measure_passes(table, time, options.users, options.threads, options.duration);
}

// What a table tells its observer, which slows it down.
void measure_observed_table(const TableOptions& options, TableOutcome& outcome) {
  BenchTime time;
  HoldRecorder recorder;
  TableConfig config;
  config.observer = &recorder;
  const std::uint64_t bytes_before = settled_resident_bytes();
  Table table{config, time.published()};
  TableSubject subject{table};
  static_cast<void>(grow(subject, options.users, options.threads, bytes_before));
  outcome.churn = measure_churn(table, recorder, time, options.users, options.threads);
  outcome.holds = recorder.holds();
}

TableOutcome measure(const TableOptions& options, std::ostream& progress) {
  TableOutcome outcome;
  measure_plain_table(options, outcome, progress);
  if (options.holds || options.users <= kMostUsersHeld) {
    progress << "  growth, then users come and go, every hold of a lock observed\n";
    measure_observed_table(options, outcome);
  }
  progress << "  everybody expires\n";
  outcome.departure = measure_departure(options.users, options.threads);
  progress << "  rivals\n";
  outcome.rivals = measure_rivals(options);
  return outcome;
}

}  // namespace

int run_table(const TableOptions& options, std::ostream& out, std::ostream& errors) {
  const TableOutcome outcome = measure(options, errors);
  if (options.json != "-") print(outcome, options, out);
  if (!save_json(to_json(outcome, options), options.json, out, errors)) return 1;
  if (outcome.departure.each_arrived_once) return 0;
  errors << "lastbeat-bench: not every user's edge arrived exactly once\n";
  return 1;
}

}  // namespace lastbeat::bench
