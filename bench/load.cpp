#include "bench/load.hpp"

#include <algorithm>
#include <asio.hpp>
#include <ctime>
#include <memory>
#include <ostream>
#include <system_error>
#include <thread>
#include <vector>

#include "bench/connect.hpp"
#include "bench/environment.hpp"
#include "bench/link.hpp"
#include "bench/load_connection.hpp"
#include "bench/pinning.hpp"
#include "stream.hpp"

namespace lastbeat::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::duration;

// One thread of the load and its connections.
struct Worker {
  asio::io_context context{1};
  Tally tally;
  std::vector<std::unique_ptr<LoadConnection>> connections;
  std::thread thread;
  std::chrono::nanoseconds cpu{0};  // processor time of the thread, when it has ended
};
using Workers = std::vector<std::unique_ptr<Worker>>;

std::chrono::nanoseconds cpu_of_this_thread() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

ClientOptions client_options(const LoadOptions& options) {
  ClientOptions client = options.access;
  client.server = text::to_string(options.target);
  client.connect_attempts = 1;
  return client;
}

// Throws std::runtime_error when there is no connection.
Workers connect_all(const LoadOptions& options) try {
  const Route route{client_options(options)};
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
        open_link(worker.context, endpoints, route, options.access.token),
        make_dialect(options.protocol, options.workload, options.pipeline), plan, worker.tally));
  }
  for (auto& worker : workers) worker->context.restart();
  return workers;
} catch (const std::system_error& error) {
  throw std::system_error{error.code(), "cannot connect to " + text::to_string(options.target)};
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

void start(Workers& workers, const LoadOptions& options, SteadyClock::time_point start) {
  const Pinning pinning{options.cpus};
  for (const auto& worker : workers) {
    worker->thread = std::thread{[&worker = *worker, start] {
      for (const auto& connection : worker.connections) connection->start(start);
      worker.context.run();
      worker.cpu = cpu_of_this_thread();
    }};
  }
}

void stop(const Workers& workers) {
  for (const auto& worker : workers) worker->context.stop();
  for (const auto& worker : workers) worker->thread.join();
}

}  // namespace

LoadOutcome measure_load(const LoadOptions& options, std::ostream& progress) {
  static_cast<void>(is_interrupted());
  allow_many_connections();
  Workers workers = connect_all(options);
  LoadOutcome outcome;
  outcome.before = ask_server_usage(options.protocol, options.target, options.access);
  const auto begin = SteadyClock::now();
  start(workers, options, begin);
  watch(workers, begin + options.duration, progress);
  // The server is asked for its processor time after the load has ended, so that it has done all that is counted.
  stop(workers);
  const auto end = SteadyClock::now();
  outcome.seconds = duration<double>{end - begin}.count();
  outcome.after = ask_server_usage(options.protocol, options.target, options.access);

  outcome.operations = sum(workers, &Tally::operations);
  outcome.errors = sum(workers, &Tally::errors);
  for (const auto& worker : workers) {
    outcome.bench_cpu += std::chrono::duration_cast<std::chrono::microseconds>(worker->cpu);
    outcome.latency_ns.merge(worker->tally.latency_ns);
    for (const auto& [message, count] : worker->tally.messages) outcome.messages[message] += count;
    for (const auto& connection : worker->connections) outcome.unanswered += connection->unanswered(end);
  }
  return outcome;
}

int run_load(const LoadOptions& options, std::ostream& out, std::ostream& errors) {
  LoadOutcome outcome;
  try {
    outcome = measure_load(options, errors);
  } catch (const std::exception& error) {
    errors << "lastbeat-bench: " << error.what() << '\n';
    return 1;
  }
  for (const auto& [message, count] : outcome.messages) errors << "  " << count << " times: " << message << '\n';
  if (options.json != "-") print(outcome, options, out);
  if (!save_json(to_json(outcome, options), options.json, out, errors)) return 1;
  return outcome.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
