#include "compare/rounds.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "bench/environment.hpp"
#include "bench/load.hpp"
#include "compare/fill.hpp"
#include "compare/process_figures.hpp"
#include "compare/report_table.hpp"

namespace lastbeat::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostProblems = 20;
constexpr std::chrono::seconds kTtl{30};
constexpr std::chrono::milliseconds kLongestSlice{500};

Run to_run(const LoadOutcome& outcome, const LoadOptions& load, std::chrono::nanoseconds server_cpu) {
  constexpr double kNanosecondsPerMicrosecond = 1000;
  const auto latency = [&](double share) {
    return static_cast<double>(outcome.latency_ns.percentile(share)) / kNanosecondsPerMicrosecond;
  };
  const std::chrono::duration<double, std::micro> used = server_cpu;
  return {.seconds = outcome.seconds,
          .operations = outcome.operations,
          .errors = outcome.errors,
          .operations_per_second = operations_per_second(outcome),
          .server_us_per_operation = used.count() / static_cast<double>(std::max<std::uint64_t>(1, outcome.operations)),
          .server_share = outcome.seconds > 0 ? std::chrono::duration<double>{server_cpu}.count() / outcome.seconds : 0,
          .load_share = bench_cpu_share(outcome, load),
          .p50_us = latency(0.5),
          .p99_us = latency(0.99),
          .p999_us = latency(0.999)};
}

// One server and what it has done in a round.
class Contestant {
 public:
  Contestant(const RunningPeer& running, const RoundsPlan& plan, const CompareOptions& options)
      : running_{running}, users_{options.users} {
    const Shape shape = shape_of(plan.scenario);
    load_.protocol = running.peer().protocol;
    load_.target = text::TcpEndpoint{"127.0.0.1", running.port()};
    load_.workload.users = options.users;
    load_.workload.batch = shape.batch;
    load_.workload.heartbeat_percent = shape.heartbeat_percent;
    load_.connections = shape.connections;
    load_.pipeline = shape.pipeline;
    load_.cpus = {plan.load_cpu};
    load_.rate = plan.rate;
  }

  [[nodiscard]] const std::string& name() const { return running_.peer().name; }

  void begin_round() {
    total_ = {};
    cpu_ = {};
  }
  // A busy machine may let a short slice pass before anything has come back: then it is not one, and one of twice the
  // time is tried.
  void run_slice(std::chrono::milliseconds slice, std::uint64_t seed) {
    constexpr int kMostTries = 8;
    keep_users_online();
    load_.duration = slice;
    load_.seed = seed;
    for (int i = 0; i < kMostTries && !run_once() && !is_interrupted(); ++i) load_.duration *= 2;
  }
  [[nodiscard]] Run run() const { return to_run(total_, load_, cpu_); }
  void note_problems(const std::string& run, std::vector<std::string>& problems) const {
    if (total_.operations == 0) problems.push_back(run + ": not one reply");
    for (const auto& [message, count] : total_.messages) {
      if (problems.size() >= kMostProblems) return;
      std::ostringstream line;
      line << run << ": " << count << " times: " << message;
      problems.push_back(line.str());
    }
  }

 private:
  // False when nothing came back, neither replies nor errors; nothing is added up then.
  bool run_once() {
    std::ostringstream unheard;
    const auto cpu_before = cpu_time_of(running_.process());
    const LoadOutcome outcome = measure_load(load_, unheard);
    if (outcome.operations == 0 && outcome.errors == 0) return false;
    cpu_ += cpu_time_of(running_.process()) - cpu_before;
    total_.seconds += outcome.seconds;
    total_.operations += outcome.operations;
    total_.errors += outcome.errors;
    total_.bench_cpu += outcome.bench_cpu;
    total_.latency_ns.merge(outcome.latency_ns);
    for (const auto& [message, count] : outcome.messages) total_.messages[message] += count;
    return true;
  }

  void keep_users_online() {
    const auto now = SteadyClock::now();
    if (filled_ && now - *filled_ < kTtl / 2) return;
    fill(running_.peer().protocol, running_.port(), 0, users_, kTtl);
    filled_ = now;
  }

  const RunningPeer& running_;
  std::uint64_t users_;
  LoadOptions load_;
  std::optional<SteadyClock::time_point> filled_;  // when all users last began to send a heartbeat
  LoadOutcome total_;
  std::chrono::nanoseconds cpu_{0};
};

// Every server's slices of one round, each time beginning with another. False when SIGINT came.
bool run_round(std::vector<Contestant>& contestants, std::uint32_t round, std::chrono::milliseconds duration) {
  const auto slices =
      static_cast<std::uint32_t>((duration + kLongestSlice - std::chrono::milliseconds{1}) / kLongestSlice);
  for (Contestant& contestant : contestants) contestant.begin_round();
  for (std::uint32_t slice = 0; slice < slices; ++slice) {
    for (std::size_t turn = 0; turn < contestants.size(); ++turn) {
      Contestant& chosen = contestants[(round + slice + turn) % contestants.size()];
      chosen.run_slice(duration / slices, std::uint64_t{round} * slices + slice + 1);
      if (is_interrupted()) return false;
    }
  }
  return true;
}

}  // namespace

ScenarioOutcome measure_rounds(RunningPeers& peers, const RoundsPlan& plan, const CompareOptions& options,
                               std::vector<std::string>& problems, std::ostream& progress) {
  ScenarioOutcome outcome{.scenario = plan.scenario, .shape = shape_of(plan.scenario), .rate = plan.rate, .peers = {}};
  std::vector<Contestant> contestants;
  for (const RunningPeer& running : peers) {
    if (running.peer().protocol == Protocol::kEcho && !outcome.shape.has_echo) continue;
    contestants.emplace_back(running, plan, options);
    outcome.peers.push_back({.peer = running.peer().name, .runs = {}});
  }
  for (std::uint32_t round = 0; round < options.repeats; ++round) {
    if (!run_round(contestants, round, options.duration)) break;
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      const Run run = contestants[i].run();
      const std::string name =
          std::string{name_of(plan.scenario)} + ", round " + std::to_string(round + 1) + ", " + contestants[i].name();
      progress << "  " << name << ": " << rounded(run.server_us_per_operation) << " us of the server an operation, "
               << rounded(run.operations_per_second) << " operations/s\n";
      contestants[i].note_problems(name, problems);
      outcome.peers[i].runs.push_back(run);
    }
  }
  return outcome;
}

}  // namespace lastbeat::bench
