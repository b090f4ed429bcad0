#include "bench/environment.hpp"
#include "bench/statistics.hpp"
#include "compare/report.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

void write_peers(text::JsonWriter& json, const Peers& peers) {
  json.key("servers").begin_array();
  for (const Peer& peer : peers.found) {
    json.begin_object().key("name").value(peer.name).key("version").value(peer.version);
    json.key("program").value(peer.program).end_object();
  }
  json.end_array();
  json.key("left_out").begin_array();
  for (const std::string& why : peers.left_out) json.value(why);
  json.end_array();
}

void write_run(text::JsonWriter& json, const Run& run) {
  json.begin_object();
  json.key("seconds").value(run.seconds).key("operations").value(run.operations).key("errors").value(run.errors);
  json.key("operations_per_second").value(run.operations_per_second);
  json.key("server_cpu_us_per_operation").value(run.server_us_per_operation);
  json.key("server_cpu_share").value(run.server_share).key("load_cpu_share").value(run.load_share);
  json.key("p50_us").value(run.p50_us).key("p99_us").value(run.p99_us).key("p999_us").value(run.p999_us);
  json.end_object();
}

void write_spread(text::JsonWriter& json, std::string_view key, const Spread& spread) {
  json.key(key).begin_object();
  json.key("median").value(spread.median).key("lowest").value(spread.lowest).key("highest").value(spread.highest);
  json.end_object();
}

void write_runs(text::JsonWriter& json, const PeerRuns& runs, const PeerRuns* base) {
  json.begin_object().key("server").value(runs.peer);
  const auto cpu = figures_of(runs, &Run::server_us_per_operation);
  write_spread(json, "server_cpu_us_per_operation", spread_of(cpu));
  if (base != nullptr) {
    write_spread(json, "server_cpu_over_lastbeat",
                 spread_of(paired_ratios(cpu, figures_of(*base, &Run::server_us_per_operation))));
  }
  write_spread(json, "operations_per_second", spread_of(figures_of(runs, &Run::operations_per_second)));
  write_spread(json, "p50_us", spread_of(figures_of(runs, &Run::p50_us)));
  write_spread(json, "p99_us", spread_of(figures_of(runs, &Run::p99_us)));
  write_spread(json, "p999_us", spread_of(figures_of(runs, &Run::p999_us)));
  json.key("runs").begin_array();
  for (const Run& run : runs.runs) write_run(json, run);
  json.end_array().end_object();
}

void write_scenario(text::JsonWriter& json, const ScenarioOutcome& scenario) {
  const Shape& shape = scenario.shape;
  json.begin_object().key("scenario").value(name_of(scenario.scenario)).key("title").value(shape.title);
  json.key("connections").value(shape.connections).key("pipeline").value(shape.pipeline);
  json.key("batch").value(shape.batch).key("heartbeats_percent").value(shape.heartbeat_percent).key("rate");
  if (scenario.rate) {
    json.value(*scenario.rate);
  } else {
    json.null();
  }
  json.key("results").begin_array();
  for (const PeerRuns& runs : scenario.peers) write_runs(json, runs, scenario.find("lastbeat"));
  json.end_array().end_object();
}

void write_footprints(text::JsonWriter& json, std::string_view key, std::string_view count,
                      const std::vector<Footprint>& footprints) {
  json.key(key).begin_array();
  for (const Footprint& footprint : footprints) {
    json.begin_object().key("server").value(footprint.peer).key(count).value(footprint.count);
    json.key("bytes_each").value(footprint.bytes_each).end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const CompareOutcome& outcome, const CompareOptions& options) {
  text::JsonWriter json;
  json.begin_object();
  write_peers(json, outcome.peers);
  json.key("server_cpu").value(outcome.server_cpu).key("load_cpu").value(outcome.load_cpu);
  json.key("seconds").value(std::chrono::duration<double>{options.duration}.count());
  json.key("repeats").value(options.repeats).key("users").value(options.users);
  json.key("scenarios").begin_array();
  for (const ScenarioOutcome& scenario : outcome.scenarios) write_scenario(json, scenario);
  json.end_array();
  write_footprints(json, "memory", "users", outcome.users);
  write_footprints(json, "idle_connections", "connections", outcome.connections);
  json.key("problems").begin_array();
  for (const std::string& problem : outcome.problems) json.value(problem);
  json.end_array();
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

}  // namespace lastbeat::bench
