#include "bench/load_report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::duration;

constexpr double kSaturated = 0.9;
constexpr double kNanosecondsPerMicrosecond = 1000;

double per_second(const LoadOutcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(outcome.operations) / outcome.seconds : 0;
}

double microseconds(const Histogram& histogram, double share) {
  return static_cast<double>(histogram.percentile(share)) / kNanosecondsPerMicrosecond;
}

std::optional<duration<double>> server_cpu(const LoadOutcome& outcome) {
  if (!outcome.before || !outcome.after) return std::nullopt;
  return outcome.after->cpu - outcome.before->cpu;
}

}  // namespace

bool is_saturated(const LoadOutcome& outcome, const LoadOptions& options) {
  return duration<double>{outcome.bench_cpu}.count() >= kSaturated * outcome.seconds * options.threads;
}

std::string to_json(const LoadOutcome& outcome, const LoadOptions& options) {
  const Histogram& latency = outcome.latency_ns;
  text::JsonWriter json;
  json.begin_object();
  json.key("operations_per_second").value(per_second(outcome));
  json.key("latency_us").begin_object();
  json.key("p50").value(microseconds(latency, 0.5)).key("p99").value(microseconds(latency, 0.99));
  json.key("p999").value(microseconds(latency, 0.999)).key("max").value(microseconds(latency, 1));
  json.end_object();
  json.key("operations").value(outcome.operations).key("unanswered_operations").value(outcome.unanswered);
  json.key("errors").value(outcome.errors);
  if (outcome.after) {
    json.key("server_rss_bytes").value(outcome.after->rss_bytes);
  } else {
    json.key("server_rss_bytes").null();
  }
  if (const auto cpu = server_cpu(outcome)) {
    json.key("server_cpu_seconds").value(cpu->count());
  } else {
    json.key("server_cpu_seconds").null();
  }
  json.key("bench_cpu_seconds").value(duration<double>{outcome.bench_cpu}.count());
  json.key("saturated").value(is_saturated(outcome, options));
  json.key("duration_s").value(outcome.seconds).key("connections").value(std::uint64_t{options.connections});
  json.key("pipeline").value(std::uint64_t{options.pipeline}).key("batch").value(std::uint64_t{options.workload.batch});
  json.key("rate");
  if (options.rate) {
    json.value(*options.rate);
  } else {
    json.null();
  }
  json.key("threads").value(std::uint64_t{options.threads}).key("users").value(options.workload.users);
  json.key("heartbeats_percent").value(std::uint64_t{options.workload.heartbeat_percent});
  json.key("seed").value(options.seed);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

void print(const LoadOutcome& outcome, const LoadOptions& options, std::ostream& out) {
  std::ostringstream table;  // keeps the number format away from `out`
  const auto latency = [&](double share) { return microseconds(outcome.latency_ns, share); };
  table << std::fixed << std::setprecision(0);
  table << "operations/s    " << per_second(outcome) << '\n';
  table << "latency (us)    p50 " << latency(0.5) << "  p99 " << latency(0.99) << "  p99.9 " << latency(0.999)
        << "  max " << latency(1) << '\n';
  table << "errors          " << outcome.errors << '\n';
  if (options.rate) table << "unanswered      " << outcome.unanswered << " operations that were due by the end\n";
  if (const auto cpu = server_cpu(outcome)) {
    const double operations = static_cast<double>(std::max<std::uint64_t>(1, outcome.operations));
    table << std::setprecision(3) << "server cpu      " << 1e6 * cpu->count() / operations << " us an operation, "
          << std::setprecision(0) << 100 * cpu->count() / outcome.seconds << " % of a core\n";
  }
  if (outcome.after) {
    table << std::setprecision(1) << "server memory   " << static_cast<double>(outcome.after->rss_bytes) / 1e6
          << " MB\n";
  }
  if (is_saturated(outcome, options)) {
    table << "The load itself was at its limit: more --threads, or fewer operations, to measure the server.\n";
  }
  out << table.str();
}

}  // namespace lastbeat::bench
