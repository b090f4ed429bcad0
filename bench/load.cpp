#include "bench/load.hpp"

#include <asio.hpp>
#include <memory>
#include <ostream>
#include <thread>
#include <vector>

#include "bench/environment.hpp"
#include "bench/load_connection.hpp"
#include "bench/load_report.hpp"

namespace lastbeat::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::chrono::seconds kConnectTimeout{5};

// One thread of the load and its connections.
struct Worker {
  asio::io_context context{1};
  Tally tally;
  std::vector<std::unique_ptr<LoadConnection>> connections;
  std::thread thread;
};
using Workers = std::vector<std::unique_ptr<Worker>>;

// The addresses of a target; looked up once, not for each of thousands of connections.
std::vector<LoadConnection::Socket::endpoint_type> resolve(const text::Endpoint& target) {
  if (const auto* unix_endpoint = std::get_if<text::UnixEndpoint>(&target)) {
    return {asio::local::stream_protocol::endpoint{unix_endpoint->path}};
  }
  const auto& tcp = std::get<text::TcpEndpoint>(target);
  asio::io_context context;
  std::vector<LoadConnection::Socket::endpoint_type> endpoints;
  for (const auto& found : asio::ip::tcp::resolver{context}.resolve(tcp.host, std::to_string(tcp.port))) {
    endpoints.emplace_back(found.endpoint());
  }
  return endpoints;
}

// Connects within kConnectTimeout. `context` must have no other work.
std::error_code connect(asio::io_context& context, LoadConnection::Socket& socket,
                        const LoadConnection::Socket::endpoint_type& endpoint) {
  std::error_code result;
  socket.open(endpoint.protocol(), result);
  if (result) return result;
  socket.async_connect(endpoint, [&](const std::error_code& error) { result = error; });
  context.restart();
  context.run_for(kConnectTimeout);
  if (context.stopped()) return result;
  socket.close();
  context.run();  // the handler refers to this frame
  return asio::error::timed_out;
}

// To the first of the endpoints that answers. Throws std::system_error when none does.
LoadConnection::Socket connect(asio::io_context& context,
                               const std::vector<LoadConnection::Socket::endpoint_type>& endpoints) {
  std::error_code error = asio::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    LoadConnection::Socket socket{context};
    error = connect(context, socket, endpoint);
    if (error) continue;
    std::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay{true}, ignored);  // a unix socket has no such option
    return socket;
  }
  throw std::system_error{error};
}

Workers connect_all(const LoadOptions& options) {
  const auto endpoints = resolve(options.target);
  Workers workers(options.threads);
  for (auto& worker : workers) worker = std::make_unique<Worker>();
  for (std::uint32_t i = 0; i < options.connections && !is_interrupted(); ++i) {
    Worker& worker = *workers[i % options.threads];
    LoadConnection::Plan plan{.pipeline = options.pipeline,
                              .operations = options.workload.batch,
                              .schedule = std::nullopt,
                              .seed = options.seed * options.connections + i};
    if (options.rate) plan.schedule.emplace(*options.rate / options.workload.batch, options.connections, i);
    worker.connections.push_back(std::make_unique<LoadConnection>(
        connect(worker.context, endpoints), make_lastbeat_dialect(options.workload), plan, worker.tally));
  }
  for (auto& worker : workers) worker->context.restart();
  return workers;
}

std::uint64_t sum(const Workers& workers, std::atomic<std::uint64_t> Tally::*member) {
  std::uint64_t sum = 0;
  for (const auto& worker : workers) sum += (worker->tally.*member).load(std::memory_order_relaxed);
  return sum;
}

// A line a second until the end, an interrupt, or until every worker has run out of connections.
void watch(const Workers& workers, SteadyClock::time_point end, std::ostream& errors) {
  constexpr SteadyClock::duration kTick = std::chrono::milliseconds{50};
  constexpr std::chrono::seconds kLine{1};
  std::uint64_t last = 0;
  auto next_line = SteadyClock::now() + kLine;
  const auto is_any_running = [&] {
    return std::any_of(workers.begin(), workers.end(), [](const auto& worker) { return !worker->context.stopped(); });
  };
  for (auto now = SteadyClock::now(); now < end && !is_interrupted() && is_any_running(); now = SteadyClock::now()) {
    std::this_thread::sleep_for(std::min(kTick, end - now));
    if (SteadyClock::now() < next_line) continue;
    next_line += kLine;
    const std::uint64_t operations = sum(workers, &Tally::operations);
    errors << "  " << operations - last << " operations/s, " << sum(workers, &Tally::errors) << " errors\n";
    last = operations;
  }
}

LoadOutcome run(Workers& workers, const LoadOptions& options, std::ostream& errors) {
  LoadOutcome outcome;
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
  // The server is asked for its processor time after the load has ended, so that it has done all that is counted.
  for (const auto& worker : workers) worker->context.stop();
  for (const auto& worker : workers) worker->thread.join();
  const auto end = SteadyClock::now();
  outcome.seconds = duration<double>{end - start}.count();
  outcome.bench_cpu = cpu_used() - cpu_before;
  outcome.after = ask_server_usage(address);

  outcome.operations = sum(workers, &Tally::operations);
  outcome.errors = sum(workers, &Tally::errors);
  for (const auto& worker : workers) {
    outcome.latency_ns.merge(worker->tally.latency_ns);
    for (const auto& [message, count] : worker->tally.messages) outcome.messages[message] += count;
    for (const auto& connection : worker->connections) outcome.unanswered += connection->unanswered(end);
  }
  return outcome;
}

}  // namespace

int run_load(const LoadOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  allow_many_connections();
  Workers workers;
  try {
    workers = connect_all(options);
  } catch (const std::system_error& error) {
    errors << "lastbeat-bench: cannot connect to " << text::to_string(options.target) << ": " << error.code().message()
           << '\n';
    return 1;
  }
  const LoadOutcome outcome = run(workers, options, errors);
  for (const auto& [message, count] : outcome.messages) errors << "  " << count << " times: " << message << '\n';
  if (options.json != "-") print(outcome, options, out);
  if (!save_json(to_json(outcome, options), options.json, out, errors)) return 1;
  return outcome.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
