#include "bench/load.hpp"

#include <asio.hpp>
#include <iomanip>
#include <memory>
#include <ostream>
#include <thread>
#include <vector>

#include "bench/environment.hpp"
#include "bench/load_connection.hpp"

namespace lastbeat::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr double kSaturated = 0.9;
constexpr double kNanosecondsPerMicrosecond = 1000;

// One thread of the load and its connections.
struct Worker {
  asio::io_context context{1};
  Tally tally;
  std::vector<std::unique_ptr<LoadConnection>> connections;
  std::thread thread;
};

struct Outcome {
  double seconds = 0;
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  Histogram latency_ns;
  std::chrono::microseconds bench_cpu{0};
  std::optional<ServerUsage> before;
  std::optional<ServerUsage> after;
};

LoadConnection::Socket connect(asio::io_context& context, const text::Endpoint& target) {
  if (const auto* unix_endpoint = std::get_if<text::UnixEndpoint>(&target)) {
    asio::local::stream_protocol::socket socket{context};
    socket.connect(asio::local::stream_protocol::endpoint{unix_endpoint->path});
    return socket;
  }
  const auto& tcp = std::get<text::TcpEndpoint>(target);
  asio::ip::tcp::socket socket{context};
  asio::connect(socket, asio::ip::tcp::resolver{context}.resolve(tcp.host, std::to_string(tcp.port)));
  socket.set_option(asio::ip::tcp::no_delay{true});
  return socket;
}

std::vector<std::unique_ptr<Worker>> connect_all(const LoadOptions& options) {
  std::vector<std::unique_ptr<Worker>> workers(options.threads);
  for (auto& worker : workers) worker = std::make_unique<Worker>();
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    Worker& worker = *workers[i % options.threads];
    LoadConnection::Plan plan{.pipeline = options.pipeline,
                              .operations = options.workload.batch,
                              .schedule = std::nullopt,
                              .seed = options.seed * options.connections + i};
    if (options.rate) plan.schedule.emplace(*options.rate / options.workload.batch, options.connections, i);
    worker.connections.push_back(std::make_unique<LoadConnection>(
        connect(worker.context, options.target), make_lastbeat_dialect(options.workload), plan, worker.tally));
  }
  return workers;
}

std::uint64_t sum(const std::vector<std::unique_ptr<Worker>>& workers, std::atomic<std::uint64_t> Tally::*member) {
  std::uint64_t sum = 0;
  for (const auto& worker : workers) sum += (worker->tally.*member).load(std::memory_order_relaxed);
  return sum;
}

// A line a second until the end, an interrupt, or until every worker has run out of connections.
void watch(const std::vector<std::unique_ptr<Worker>>& workers, SteadyClock::time_point end, std::ostream& errors) {
  constexpr std::chrono::milliseconds kTick{50};
  constexpr std::chrono::seconds kLine{1};
  std::uint64_t last = 0;
  auto next_line = SteadyClock::now() + kLine;
  const auto is_over = [&] {
    return is_interrupted() || SteadyClock::now() >= end ||
           std::all_of(workers.begin(), workers.end(), [](const auto& worker) { return worker->context.stopped(); });
  };
  while (!is_over()) {
    std::this_thread::sleep_for(std::min<SteadyClock::duration>(kTick, end - SteadyClock::now()));
    if (SteadyClock::now() < next_line) continue;
    next_line += kLine;
    const std::uint64_t operations = sum(workers, &Tally::operations);
    errors << "  " << operations - last << " operations/s, " << sum(workers, &Tally::errors) << " errors\n";
    last = operations;
  }
}

Outcome run(std::vector<std::unique_ptr<Worker>>& workers, const LoadOptions& options, std::ostream& errors) {
  Outcome outcome;
  const std::string address = text::to_string(options.target);
  outcome.before = ask_server_usage(address);
  const auto cpu_before = cpu_used();
  const auto start = SteadyClock::now();
  for (const auto& worker : workers) {
    worker->thread = std::thread{[&worker = *worker, start] {
      for (const auto& connection : worker.connections) connection->start(start);
      worker.context.run();
    }};
  }
  watch(workers, start + options.duration, errors);
  outcome.seconds = duration<double>{SteadyClock::now() - start}.count();
  outcome.operations = sum(workers, &Tally::operations);
  outcome.bench_cpu = cpu_used() - cpu_before;
  outcome.after = ask_server_usage(address);
  for (const auto& worker : workers) {
    worker->context.stop();
    worker->thread.join();
    outcome.latency_ns.merge(worker->tally.latency_ns);
  }
  outcome.errors = sum(workers, &Tally::errors);
  return outcome;
}

double microseconds(const Histogram& histogram, double share) {
  return static_cast<double>(histogram.percentile(share)) / kNanosecondsPerMicrosecond;
}

bool is_saturated(const Outcome& outcome, const LoadOptions& options) {
  const double cpu_seconds = duration<double>{outcome.bench_cpu}.count();
  return cpu_seconds >= kSaturated * outcome.seconds * options.threads;
}

std::string to_json(const Outcome& outcome, const LoadOptions& options) {
  text::JsonWriter json;
  json.begin_object();
  json.key("operations_per_second").value(static_cast<double>(outcome.operations) / outcome.seconds);
  json.key("latency_us").begin_object();
  json.key("p50").value(microseconds(outcome.latency_ns, 0.5)).key("p99").value(microseconds(outcome.latency_ns, 0.99));
  json.key("p999").value(microseconds(outcome.latency_ns, 0.999)).key("max").value(microseconds(outcome.latency_ns, 1));
  json.end_object();
  json.key("operations").value(outcome.operations).key("errors").value(outcome.errors);
  if (outcome.before && outcome.after) {
    json.key("server_rss_bytes").value(outcome.after->rss_bytes);
    json.key("server_cpu_seconds").value(duration<double>{outcome.after->cpu - outcome.before->cpu}.count());
  } else {
    json.key("server_rss_bytes").null().key("server_cpu_seconds").null();
  }
  json.key("bench_cpu_seconds").value(duration<double>{outcome.bench_cpu}.count());
  json.key("saturated").value(is_saturated(outcome, options));
  json.key("duration_s").value(outcome.seconds).key("connections").value(std::uint64_t{options.connections});
  json.key("pipeline").value(std::uint64_t{options.pipeline}).key("batch").value(std::uint64_t{options.workload.batch});
  json.key("threads").value(std::uint64_t{options.threads}).key("users").value(options.workload.users);
  json.key("heartbeats_percent").value(std::uint64_t{options.workload.heartbeat_percent});
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

void print(const Outcome& outcome, const LoadOptions& options, std::ostream& out) {
  const auto& latency = outcome.latency_ns;
  out << std::fixed << std::setprecision(0);
  out << "operations/s    " << static_cast<double>(outcome.operations) / outcome.seconds << '\n';
  out << "latency (us)    p50 " << microseconds(latency, 0.5) << "  p99 " << microseconds(latency, 0.99) << "  p99.9 "
      << microseconds(latency, 0.999) << "  max " << microseconds(latency, 1) << '\n';
  out << "errors          " << outcome.errors << '\n';
  if (outcome.before && outcome.after) {
    const double cpu = duration<double, std::micro>{outcome.after->cpu - outcome.before->cpu}.count();
    out << std::setprecision(3) << "server cpu      "
        << cpu / static_cast<double>(std::max<std::uint64_t>(1, outcome.operations)) << " us an operation, "
        << std::setprecision(0) << 100 * cpu / 1e6 / outcome.seconds << " % of a core\n";
    out << std::setprecision(1) << "server memory   " << static_cast<double>(outcome.after->rss_bytes) / 1e6 << " MB\n";
  }
  if (is_saturated(outcome, options)) {
    out << "The load itself was at its limit: more --threads, or fewer operations, to measure the server.\n";
  }
}

}  // namespace

int run_load(const LoadOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  std::vector<std::unique_ptr<Worker>> workers;
  try {
    workers = connect_all(options);
  } catch (const std::system_error& error) {
    errors << "lastbeat-bench: cannot connect to " << text::to_string(options.target) << ": " << error.code().message()
           << '\n';
    return 1;
  }
  const Outcome outcome = run(workers, options, errors);
  if (options.json != "-") print(outcome, options, out);
  for (const auto& worker : workers) {
    for (const auto& [message, count] : worker->tally.messages)
      errors << "  " << count << " times: " << message << '\n';
  }
  if (!save_json(to_json(outcome, options), options.json, out, errors)) return 1;
  return outcome.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
