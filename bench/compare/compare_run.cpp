#include "compare/compare_run.hpp"

#include <algorithm>
#include <ostream>

#include "bench/environment.hpp"
#include "bench/pinning.hpp"
#include "bench/statistics.hpp"
#include "compare/cores.hpp"
#include "compare/fill.hpp"
#include "compare/footprint.hpp"
#include "compare/report.hpp"
#include "compare/rounds.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::uint32_t kMostConnections = 1000;  // more than any scenario's

bool is_load(Scenario scenario) { return scenario != Scenario::kUsers && scenario != Scenario::kConnections; }

RunningPeers start_all(const std::vector<Peer>& peers, const CompareOptions& options, unsigned cpu) {
  RunningPeers running;
  for (const Peer& peer : peers) {
    running.emplace_back(peer, Capacity{.users = options.users, .connections = kMostConnections}, cpu);
  }
  return running;
}

// One more lastbeatd, which remembers a crowd of users for as long as anybody measures: every pass visits them all.
void start_crowded(RunningPeers& running, Peer lastbeat, const CompareOptions& options, unsigned cpu) {
  lastbeat.name = "crowded";
  const RunningPeer& crowded = running.emplace_back(
      lastbeat, Capacity{.users = options.crowd, .connections = kMostConnections, .retain = std::chrono::hours{24}},
      cpu);
  fill(lastbeat.protocol, crowded.port(), 0, options.crowd, std::chrono::hours{24});
}

// Half of what the slowest server reached one request at a time: all can carry it.
double common_rate(const ScenarioOutcome& single) {
  double slowest = 0;
  for (const PeerRuns& runs : single.peers) {
    const double rate = spread_of(figures_of(runs, &Run::operations_per_second)).median;
    if (slowest == 0 || rate < slowest) slowest = rate;
  }
  return std::max(1.0, slowest / 2);
}

class Comparison {
 public:
  Comparison(const CompareOptions& options, std::ostream& progress) : options_{options}, progress_{progress} {
    const Cores cores = choose_cores(options, allowed_cores());
    outcome_.server_cpu = cores.server;
    outcome_.load_cpu = cores.load;
    if (cores.server == cores.load) progress << "  servers and load share core " << cores.server << '\n';
    outcome_.peers = find_peers(options);
    for (const std::string& why : outcome_.peers.left_out) progress << "  " << why << '\n';
  }

  CompareOutcome run() {
    const Pinning pinning{{outcome_.load_cpu}};
    measure_loads();
    if (has(Scenario::kUsers)) measure_footprints("bytes a user", measure_users, outcome_.users);
    if (has(Scenario::kConnections)) {
      measure_footprints("bytes an idle connection", measure_connections, outcome_.connections);
    }
    return outcome_;
  }

 private:
  [[nodiscard]] bool has(Scenario scenario) const {
    return std::find(options_.scenarios.begin(), options_.scenarios.end(), scenario) != options_.scenarios.end();
  }

  void measure_loads() {
    if (std::none_of(options_.scenarios.begin(), options_.scenarios.end(), is_load)) return;
    RunningPeers running = start_all(outcome_.peers.found, options_, outcome_.server_cpu);
    for (const Scenario scenario : options_.scenarios) {
      if (is_load(scenario) && !is_interrupted()) measure_load_scenario(running, scenario);
    }
  }

  void measure_load_scenario(RunningPeers& running, Scenario scenario) {
    RoundsPlan plan{.scenario = scenario, .rate = std::nullopt, .load_cpu = outcome_.load_cpu};
    const std::size_t peers = running.size();
    if (scenario == Scenario::kLatency) {
      plan.rate = find_common_rate(running);
      if (options_.crowd != 0) start_crowded(running, outcome_.peers.found.front(), options_, outcome_.server_cpu);
    }
    outcome_.scenarios.push_back(measure_rounds(running, plan, options_, outcome_.problems, progress_));
    if (running.size() > peers) running.pop_back();
  }

  // From the runs of one request at a time; they are made for it when nobody asked for them.
  double find_common_rate(RunningPeers& running) {
    const auto done = std::find_if(outcome_.scenarios.begin(), outcome_.scenarios.end(),
                                   [](const ScenarioOutcome& each) { return each.scenario == Scenario::kSingle; });
    if (done != outcome_.scenarios.end()) return common_rate(*done);
    const RoundsPlan plan{.scenario = Scenario::kSingle, .rate = std::nullopt, .load_cpu = outcome_.load_cpu};
    return common_rate(measure_rounds(running, plan, options_, outcome_.problems, progress_));
  }

  template <class Measure>
  void measure_footprints(const char* what, Measure measure, std::vector<Footprint>& footprints) {
    for (const Peer& peer : outcome_.peers.found) {
      if (is_interrupted()) return;
      if (peer.protocol == Protocol::kEcho) continue;  // holds no users, nor anything for a connection
      for (const Footprint& footprint : measure(peer, options_, outcome_.server_cpu)) {
        progress_ << "  " << what << ", " << footprint.count << ", " << peer.name << ": " << footprint.bytes_each
                  << '\n';
        footprints.push_back(footprint);
      }
    }
  }

  const CompareOptions& options_;
  std::ostream& progress_;
  CompareOutcome outcome_;
};

}  // namespace

int run_compare(const CompareOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  const CompareOutcome outcome = Comparison{options, errors}.run();
  if (options.json != "-" && options.markdown != "-") out << to_text(outcome, options);
  for (const std::string& problem : outcome.problems) errors << "lastbeat-bench: " << problem << '\n';
  if (is_interrupted()) errors << "lastbeat-bench: interrupted\n";
  const bool is_saved = save_json(to_json(outcome, options), options.json, out, errors) &&
                        save_json(to_markdown(outcome, options), options.markdown, out, errors);
  if (!is_saved) return 1;
  return outcome.problems.empty() && !is_interrupted() ? 0 : 1;
}

}  // namespace lastbeat::bench
