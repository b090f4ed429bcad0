#include "table_bench/table_report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

#include "bench/environment.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

constexpr double kPercent = 100;
constexpr double kGigabyte = 1e9;
constexpr double kNearlyAll = 0.9999;
// Below that, the process's own megabytes blur what a user takes while the table grows.
constexpr std::uint64_t kSteadyUsers = 5'000'000;

double in_us(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }
double in_us(SteadyClock::duration duration) { return Microseconds{duration}.count(); }

// Null when nothing was observed, be it that nobody asked or that the table had nothing to tell.
const Holds* observed_holds(const TableOutcome& outcome) {
  return outcome.holds && outcome.holds->held_ns.total() != 0 ? &*outcome.holds : nullptr;
}

// A lock is held within a call, so that the longest call is a bound where no hold was observed.
double longest_lock_us(const TableOutcome& outcome) {
  const Holds* const holds = observed_holds(outcome);
  return in_us(holds != nullptr ? holds->held_ns.max() : outcome.growth.call_ns.max());
}

double pass_bytes_per_second(const TableOutcome& outcome) {
  return outcome.growth.bytes_per_user() * static_cast<double>(outcome.growth.users) / outcome.passes.idle.cpu.count();
}

const RivalFigures* find_rival(const TableOutcome& outcome, std::string_view name) {
  for (const RivalOutcome& rival : outcome.rivals) {
    if (rival.name == name && rival.skipped.empty()) return &rival.figures;
  }
  return nullptr;
}

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
  write(json, "max_bytes_per_user_from_5_million", growth.most_bytes_per_user_from(kSteadyUsers));
  json.key("growth").begin_array();
  for (const GrowthSample& sample : growth.samples) {
    json.begin_object().key("users").value(sample.users).key("bytes_per_user").value(sample.bytes_per_user);
    json.end_object();
  }
  json.end_array();
  json.key("inserts_per_second").value(growth.inserts_per_second());
  json.key("growth_call_p9999_us").value(in_us(growth.call_ns.percentile(kNearlyAll)));
  json.key("growth_call_longest_us").value(in_us(growth.call_ns.max()));
  json.key("spin_longest_us").value(in_us(outcome.spin_longest));
}

void write_holds(text::JsonWriter& json, const TableOutcome& outcome) {
  const Holds* const holds = observed_holds(outcome);
  json.key("longest_lock_us").value(longest_lock_us(outcome));
  json.key("longest_lock_observed").value(holds != nullptr);  // else the longest call while growing, a bound
  const auto write_observed = [&](std::string_view key, auto figure) {
    write(json, key, holds != nullptr ? std::optional{static_cast<double>(figure(*holds))} : std::nullopt);
  };
  write_observed("lock_p9999_us", [](const Holds& each) { return in_us(each.held_ns.percentile(kNearlyAll)); });
  write_observed("max_lines_touched", [](const Holds& each) { return each.most_lines_touched; });
  write_observed("max_lines_moved", [](const Holds& each) { return each.most_lines_moved; });
}

void write_common(text::JsonWriter& json, const CommonRates& rates) {
  json.key("heartbeats_per_second").value(rates.heartbeats);
  json.key("statuses_per_second").value(rates.statuses);
  json.key("missing_statuses_per_second").value(rates.missing_statuses);
}

void write_rates(text::JsonWriter& json, const TableRates& rates) {
  write_common(json, rates.common);
  json.key("heartbeats_per_second_1_thread").value(rates.heartbeats_1_thread);
  json.key("mix_per_second").value(rates.mix);
  json.key("single_heartbeats_per_second").value(rates.single_heartbeats);
  json.key("single_statuses_per_second").value(rates.single_statuses);
}

void write_passes(text::JsonWriter& json, const TableOutcome& outcome) {
  const Passes& passes = outcome.passes;
  json.key("sweep_seconds").value(passes.idle.cpu.count());
  json.key("sweep_wall_seconds").value(passes.idle.took.count());
  json.key("sweep_bytes_per_second").value(pass_bytes_per_second(outcome));
  json.key("expiring_sweep_seconds").value(passes.expiring.cpu.count());
  json.key("expiring_sweep_users").value(passes.expiring.timed_out);
  json.key("heartbeats_per_second_without_sweep").value(passes.heartbeats_alone);
  json.key("heartbeats_per_second_during_sweep").value(passes.heartbeats_during);
  json.key("sweep_loss_percent").value(passes.loss_percent());
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
      write_common(json, rival.figures.rates);
    } else {
      json.key("skipped").value(rival.skipped);
    }
    json.end_object();
  }
  json.end_object();
}

// Lines of "name  figure unit  share of a limit  ratio to absl".
class Lines {
 public:
  Lines() {
    text_ << std::fixed;
    head({}, {}, "of limit", "x absl");
  }

  void count(std::string_view name, double figure, std::string_view unit, std::optional<double> share = std::nullopt,
             std::optional<double> ratio = std::nullopt) {
    line(name, figure, 0, unit, share, ratio);
  }
  void fraction(std::string_view name, double figure, std::string_view unit, std::optional<double> share = std::nullopt,
                std::optional<double> ratio = std::nullopt) {
    line(name, figure, 2, unit, share, ratio);
  }
  void section(std::string_view title) { text_ << '\n' << title << '\n'; }
  void note(std::string_view text) { text_ << "  " << text << '\n'; }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  static constexpr int kName = 44;
  static constexpr int kFigure = 16;
  static constexpr int kUnit = 9;
  static constexpr int kShare = 10;
  static constexpr int kRatio = 9;

  void head(std::string_view name, std::string_view figure, std::string_view share, std::string_view ratio) {
    text_ << std::left << std::setw(kName) << name << std::right << std::setw(kFigure) << figure << std::setw(kUnit)
          << "" << std::setw(kShare) << share << std::setw(kRatio) << ratio << '\n';
  }
  void line(std::string_view name, double figure, int digits, std::string_view unit, std::optional<double> share,
            std::optional<double> ratio) {
    text_ << "  " << std::left << std::setw(kName - 2) << name << std::right << std::setprecision(digits)
          << std::setw(kFigure) << figure << ' ' << std::left << std::setw(kUnit - 1) << unit << std::right;
    if (share) {
      text_ << std::setprecision(1) << std::setw(kShare - 2) << kPercent * *share << " %";
    } else if (ratio) {
      text_ << std::setw(kShare) << "";
    }
    if (ratio) text_ << std::setprecision(2) << std::setw(kRatio) << *ratio;
    text_ << '\n';
  }

  std::ostringstream text_;  // keeps the number format away from the stream that it is for
};

std::optional<double> ratio_to(const RivalFigures* rival, double figure, double (*of_rival)(const RivalFigures&)) {
  if (rival == nullptr) return std::nullopt;
  return figure / of_rival(*rival);
}

void print_limit(Lines& lines, const TableOutcome& outcome, const TableOptions& options) {
  lines.section("What the memory of this machine allows, over as much as the table takes");
  lines.count("random read-modify-writes", outcome.limit.rmw_per_second, "/s");
  if (options.threads > 1) lines.count("the same, one thread", outcome.limit.rmw_per_second_1_thread, "/s");
  lines.fraction("sequential read", outcome.limit.read_bytes_per_second / kGigabyte, "GB/s");
}

void print_rates(Lines& lines, const TableOutcome& outcome) {
  const MemoryLimit& limit = outcome.limit;
  const TableRates& rates = outcome.rates;
  const RivalFigures* const absl = find_rival(outcome, "absl");
  const auto of_limit = [&](double rate) { return rate / limit.rmw_per_second; };
  lines.section("Commands of random users");
  lines.count("heartbeats", rates.common.heartbeats, "/s", of_limit(rates.common.heartbeats),
              ratio_to(absl, rates.common.heartbeats, [](const RivalFigures& r) { return r.rates.heartbeats; }));
  lines.count("heartbeats, one thread", rates.heartbeats_1_thread, "/s",
              rates.heartbeats_1_thread / limit.rmw_per_second_1_thread);
  lines.count("statuses of users who are there", rates.common.statuses, "/s", of_limit(rates.common.statuses),
              ratio_to(absl, rates.common.statuses, [](const RivalFigures& r) { return r.rates.statuses; }));
  lines.count(
      "statuses of users who are not", rates.common.missing_statuses, "/s", of_limit(rates.common.missing_statuses),
      ratio_to(absl, rates.common.missing_statuses, [](const RivalFigures& r) { return r.rates.missing_statuses; }));
  lines.count("90 % heartbeats, 10 % statuses", rates.mix, "/s", of_limit(rates.mix));
  lines.count("heartbeats, a call for each", rates.single_heartbeats, "/s", of_limit(rates.single_heartbeats));
  lines.count("statuses, a call for each", rates.single_statuses, "/s", of_limit(rates.single_statuses));
}

void print_growth(Lines& lines, const TableOutcome& outcome) {
  const Growth& growth = outcome.growth;
  const RivalFigures* const absl = find_rival(outcome, "absl");
  lines.section("Growth");
  lines.count("inserts", growth.inserts_per_second(), "/s", growth.inserts_per_second() / outcome.limit.rmw_per_second,
              ratio_to(absl, growth.inserts_per_second(), [](const RivalFigures& r) { return r.inserts_per_second; }));
  lines.fraction("memory at the end", growth.bytes_per_user(), "B/user", std::nullopt,
                 ratio_to(absl, growth.bytes_per_user(), [](const RivalFigures& r) { return r.bytes_per_user; }));
  if (const auto most = growth.most_bytes_per_user_from(kSteadyUsers)) {
    lines.fraction("memory at most, from 5 million users on", *most, "B/user");
  }
  lines.fraction("a call of 256, 99.99 %", in_us(growth.call_ns.percentile(kNearlyAll)), "us");
  lines.fraction("a call of 256, longest", in_us(growth.call_ns.max()), "us");
  lines.fraction("longest gap of a mere loop", in_us(outcome.spin_longest), "us");
}

void print_holds(Lines& lines, const TableOutcome& outcome) {
  lines.section("One hold of a lock while growing");
  const Holds* const holds = observed_holds(outcome);
  if (holds == nullptr) {
    lines.note(outcome.holds ? "this table tells nothing about its locks" : "not observed; --holds does");
    return;
  }
  lines.fraction("held, 99.99 %", in_us(holds->held_ns.percentile(kNearlyAll)), "us");
  lines.fraction("held, longest", in_us(holds->held_ns.max()), "us");
  lines.count("cache lines touched, at most", holds->most_lines_touched, "");
  lines.count("cache lines moved, at most", holds->most_lines_moved, "");
}

void print_passes(Lines& lines, const TableOutcome& outcome) {
  const Passes& passes = outcome.passes;
  lines.section("Passes");
  lines.fraction("nobody expires", 1000 * passes.idle.cpu.count(), "ms cpu");
  lines.fraction("the same, memory passed over", pass_bytes_per_second(outcome) / kGigabyte, "GB/s",
                 pass_bytes_per_second(outcome) / outcome.limit.read_bytes_per_second);
  lines.fraction("0.05 % expire", 1000 * passes.expiring.cpu.count(), "ms cpu");
  lines.count("heartbeats of one thread", passes.heartbeats_alone, "/s",
              passes.heartbeats_alone / outcome.limit.rmw_per_second_1_thread);
  lines.count("the same during passes", passes.heartbeats_during, "/s",
              passes.heartbeats_during / outcome.limit.rmw_per_second_1_thread);
  lines.fraction("lost to passes", passes.loss_percent(), "%");
}

void print_departure(Lines& lines, const Departure& departure) {
  lines.section("Everybody expires at once");
  lines.fraction("until nobody is held", departure.took.count(), "s");
  lines.count("edges", departure.edges_per_second(), "/s");
  lines.fraction("memory that is left", kPercent * departure.memory_left, "%");
  lines.note(departure.each_arrived_once ? "each user's edge arrived exactly once"
                                         : "NOT every user's edge arrived exactly once");
}

void print_rivals(Lines& lines, const TableOutcome& outcome) {
  for (const RivalOutcome& rival : outcome.rivals) {
    lines.section(std::string{rival.name} + ", striped in the same way");
    if (!rival.skipped.empty()) {
      lines.note("skipped: " + rival.skipped);
      continue;
    }
    const RivalFigures& figures = rival.figures;
    const auto rate = [&](std::string_view name, double figure) {
      lines.count(name, figure, "/s", figure / outcome.limit.rmw_per_second);
    };
    rate("heartbeats", figures.rates.heartbeats);
    rate("statuses of users who are there", figures.rates.statuses);
    rate("statuses of users who are not", figures.rates.missing_statuses);
    rate("inserts", figures.inserts_per_second);
    lines.fraction("memory at the end", figures.bytes_per_user, "B/user");
  }
}

}  // namespace

std::string to_json(const TableOutcome& outcome, const TableOptions& options) {
  text::JsonWriter json;
  json.begin_object();
  json.key("users").value(options.users).key("threads").value(options.threads);
  json.key("seconds_a_rate").value(SecondsTaken{options.duration}.count());
  write_growth(json, outcome);
  write_holds(json, outcome);
  write_rates(json, outcome.rates);
  write_passes(json, outcome);
  write_departure(json, outcome.departure);
  write_limit(json, outcome.limit, options.threads);
  write_rivals(json, outcome.rivals);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

void print(const TableOutcome& outcome, const TableOptions& options, std::ostream& out) {
  Lines lines;
  print_limit(lines, outcome, options);
  print_rates(lines, outcome);
  print_growth(lines, outcome);
  print_holds(lines, outcome);
  print_passes(lines, outcome);
  print_departure(lines, outcome.departure);
  print_rivals(lines, outcome);
  out << options.users << " users, " << options.threads << (options.threads == 1 ? " thread\n" : " threads\n")
      << lines.text();
}

}  // namespace lastbeat::bench
