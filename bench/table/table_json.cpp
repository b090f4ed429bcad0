#include <optional>
#include <string>
#include <string_view>

#include "bench/environment.hpp"
#include "table_bench/table_report.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

constexpr double kNearlyAll = 0.9999;

double in_us(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

void write(text::JsonWriter& json, std::string_view key, std::optional<double> value) {
  json.key(key);
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

void write_growth(text::JsonWriter& json, const TableOutcome& outcome) {
  const Growth& growth = outcome.growth;
  json.key("bytes_per_user").value(growth.bytes_per_user());
  write(json, "max_bytes_per_user_from_5_million", outcome.most_bytes_per_user());
  json.key("growth").begin_array();
  for (const GrowthSample& sample : growth.samples) {
    json.begin_object().key("users").value(sample.users).key("bytes_per_user").value(sample.bytes_per_user);
    json.end_object();
  }
  json.end_array();
  json.key("inserts_per_second").value(growth.inserts_per_second());
  json.key("growth_call_p9999_us").value(in_us(growth.call_ns.percentile(kNearlyAll)));
  json.key("growth_call_longest_us").value(in_us(growth.call_ns.max()));
  json.key("spin_longest_us").value(std::chrono::duration<double, std::micro>{outcome.spin_longest}.count());
}

void write_holds(text::JsonWriter& json, const TableOutcome& outcome) {
  const Holds* const holds = outcome.observed_holds();
  json.key("longest_lock_us").value(in_us(outcome.longest_lock_ns()));
  json.key("longest_lock_observed").value(holds != nullptr);  // else the longest call while growing, a bound
  const auto write_observed = [&](std::string_view key, auto figure) {
    write(json, key, holds != nullptr ? std::optional{static_cast<double>(figure(*holds))} : std::nullopt);
  };
  write_observed("lock_p9999_us", [](const Holds& each) { return in_us(each.held_ns.percentile(kNearlyAll)); });
  write_observed("max_lines_touched", [](const Holds& each) { return each.most_lines_touched; });
  write_observed("max_lines_moved", [](const Holds& each) { return each.most_lines_moved; });
}

void write_churn(text::JsonWriter& json, const std::optional<Churn>& churn) {
  const auto write_observed = [&](std::string_view key, auto figure) {
    write(json, key, churn ? std::optional{figure(*churn)} : std::nullopt);
  };
  write_observed("lines_a_status", [](const Churn& each) { return each.before.a_status; });
  write_observed("lines_a_missing_status", [](const Churn& each) { return each.before.a_missing_status; });
  write_observed("lines_a_status_after_churn", [](const Churn& each) { return each.after.a_status; });
  write_observed("lines_a_missing_status_after_churn", [](const Churn& each) { return each.after.a_missing_status; });
}

void write_rates(text::JsonWriter& json, const TableRates& rates) {
  const auto write_rate = [&](const std::string& name, const Rate& rate) {
    json.key(name + "_per_second").value(rate.per_second);
    json.key(name + "_share_of_limit").value(rate.of_limit);
  };
  write_rate("heartbeats", rates.heartbeats);
  write_rate("statuses", rates.statuses);
  write_rate("missing_statuses", rates.missing_statuses);
  json.key("heartbeats_per_second_1_thread").value(rates.heartbeats_1_thread.per_second);
  json.key("heartbeats_share_of_limit_1_thread").value(rates.heartbeats_1_thread.of_limit);
  write_rate("mix", rates.mix);
  write_rate("single_heartbeats", rates.single_heartbeats);
  write_rate("single_statuses", rates.single_statuses);
}

void write_passes(text::JsonWriter& json, const TableOutcome& outcome) {
  const Passes& passes = outcome.passes;
  json.key("sweep_seconds").value(passes.idle.cpu.count());
  json.key("sweep_wall_seconds").value(passes.idle.took.count());
  json.key("sweep_bytes_per_second").value(outcome.pass_bytes_per_second());
  json.key("expiring_sweep_seconds").value(passes.expiring.cpu.count());
  json.key("expiring_sweep_users").value(passes.expiring.timed_out);
  json.key("heartbeats_per_second_without_sweep").value(passes.heartbeats_alone);
  json.key("heartbeats_per_second_during_sweep").value(passes.heartbeats_during);
  json.key("sweep_loss_percent").value(passes.loss_percent);
}

void write_departure(text::JsonWriter& json, const Departure& departure) {
  json.key("departure_seconds").value(departure.took.count()).key("departure_edges").value(departure.edges);
  json.key("departure_edges_lost").value(departure.edges_lost);
  json.key("departure_edges_per_second").value(departure.edges_per_second());
  json.key("each_edge_arrived_once").value(departure.each_arrived_once);
  json.key("memory_left_share").value(departure.memory_left);
}

void write_limit(text::JsonWriter& json, const MemoryLimit& limit, std::uint32_t threads) {
  json.key("rmw_limit_per_second").value(limit.rmw_per_second);
  if (threads > 1) json.key("rmw_limit_per_second_1_thread").value(limit.rmw_per_second_1_thread);
  json.key("read_limit_bytes_per_second").value(limit.read_bytes_per_second);
  json.key("limit_bytes").value(limit.bytes);
}

void write_rivals(text::JsonWriter& json, const std::vector<RivalOutcome>& rivals) {
  json.key("rivals").begin_object();
  for (const RivalOutcome& rival : rivals) {
    json.key(rival.name).begin_object();
    if (rival.skipped.empty()) {
      json.key("bytes_per_user").value(rival.figures.bytes_per_user);
      json.key("inserts_per_second").value(rival.figures.inserts_per_second);
      json.key("heartbeats_per_second").value(rival.figures.rates.heartbeats);
      json.key("statuses_per_second").value(rival.figures.rates.statuses);
      json.key("missing_statuses_per_second").value(rival.figures.rates.missing_statuses);
    } else {
      json.key("skipped").value(rival.skipped);
    }
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string to_json(const TableOutcome& outcome, const TableOptions& options) {
  text::JsonWriter json;
  json.begin_object();
  json.key("users").value(options.users).key("threads").value(options.threads);
  json.key("seconds_a_rate").value(SecondsTaken{options.duration}.count());
  write_growth(json, outcome);
  write_holds(json, outcome);
  write_churn(json, outcome.churn);
  write_rates(json, outcome.rates);
  write_passes(json, outcome);
  write_departure(json, outcome.departure);
  write_limit(json, outcome.limit, options.threads);
  write_rivals(json, outcome.rivals);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

}  // namespace lastbeat::bench
