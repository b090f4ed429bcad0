#include "bench/load_report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "bench/environment.hpp"
#include "bench/optional_json.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::duration;

constexpr double kSaturated = 0.9;
constexpr double kNanosecondsPerMicrosecond = 1000;

double microseconds(const Histogram& histogram, double share) {
  return static_cast<double>(histogram.percentile(share)) / kNanosecondsPerMicrosecond;
}

std::optional<std::uint64_t> rss_bytes(const LoadOutcome& outcome) {
  return outcome.after ? outcome.after->rss_bytes : std::nullopt;
}

}  // namespace

double operations_per_second(const LoadOutcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(outcome.operations) / outcome.seconds : 0;
}

std::optional<double> server_cpu_seconds(const LoadOutcome& outcome) {
  if (!outcome.before || !outcome.after) return std::nullopt;
  return duration<double>{outcome.after->cpu - outcome.before->cpu}.count();
}

double bench_cpu_share(const LoadOutcome& outcome, const LoadOptions& options) {
  const double had = outcome.seconds * options.threads;
  return had > 0 ? duration<double>{outcome.bench_cpu}.count() / had : 0;
}

bool is_saturated(const LoadOutcome& outcome, const LoadOptions& options) {
  return bench_cpu_share(outcome, options) >= kSaturated;
}

std::string to_json(const LoadOutcome& outcome, const LoadOptions& options) {
  const Histogram& latency = outcome.latency_ns;
  text::JsonWriter json;
  json.begin_object();
  json.key("operations_per_second").value(operations_per_second(outcome));
  json.key("latency_us").begin_object();
  json.key("p50").value(microseconds(latency, 0.5)).key("p99").value(microseconds(latency, 0.99));
  json.key("p999").value(microseconds(latency, 0.999)).key("max").value(microseconds(latency, 1));
  json.end_object();
  json.key("operations").value(outcome.operations).key("unanswered_operations").value(outcome.unanswered);
  json.key("errors").value(outcome.errors);
  write(json.key("server_rss_bytes"), rss_bytes(outcome));
  write(json.key("server_cpu_seconds"), server_cpu_seconds(outcome));
  json.key("bench_cpu_seconds").value(duration<double>{outcome.bench_cpu}.count());
  json.key("bench_cpu_share").value(bench_cpu_share(outcome, options));
  json.key("saturated").value(is_saturated(outcome, options));
  json.key("duration_s").value(outcome.seconds).key("connections").value(std::uint64_t{options.connections});
  json.key("pipeline").value(std::uint64_t{options.pipeline}).key("batch").value(std::uint64_t{options.workload.batch});
  write(json.key("rate"), options.rate);
  json.key("threads").value(std::uint64_t{options.threads}).key("users").value(options.workload.users);
  json.key("heartbeats_percent").value(std::uint64_t{options.workload.heartbeat_percent});
  json.key("protocol").value(name_of(options.protocol));
  json.key("distribution").value(name_of(options.workload.distribution));
  json.key("seed").value(options.seed);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

void print(const LoadOutcome& outcome, const LoadOptions& options, std::ostream& out) {
  std::ostringstream table;  // keeps the number format away from `out`
  const auto latency = [&](double share) { return microseconds(outcome.latency_ns, share); };
  table << std::fixed << std::setprecision(0);
  table << "operations/s    " << operations_per_second(outcome) << '\n';
  table << "latency (us)    p50 " << latency(0.5) << "  p99 " << latency(0.99) << "  p99.9 " << latency(0.999)
        << "  max " << latency(1) << '\n';
  table << "errors          " << outcome.errors << '\n';
  if (options.rate) table << "unanswered      " << outcome.unanswered << " operations that were due by the end\n";
  if (const auto cpu = server_cpu_seconds(outcome)) {
    const double operations = static_cast<double>(std::max<std::uint64_t>(1, outcome.operations));
    table << std::setprecision(3) << "server cpu      " << 1e6 * *cpu / operations << " us an operation, "
          << std::setprecision(0) << 100 * *cpu / outcome.seconds << " % of a core\n";
  }
  if (const auto bytes = rss_bytes(outcome)) {
    table << std::setprecision(1) << "server memory   " << static_cast<double>(*bytes) / 1e6 << " MB\n";
  }
  table << std::setprecision(0) << "load cpu        " << 100 * bench_cpu_share(outcome, options) << " % of its "
        << options.threads << (options.threads == 1 ? " thread\n" : " threads\n");
  if (is_saturated(outcome, options)) {
    table << "The load itself was at its limit: more --threads, or fewer operations, to measure the server.\n";
  }
  out << table.str();
}

}  // namespace lastbeat::bench
