#include "bench/check_report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "bench/environment.hpp"
#include "bench/optional_json.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

void write_growth(text::JsonWriter& json, const std::optional<Growth>& growth) {
  const auto figure = [&](const char* name, const auto& value) { write(json.key(name), value); };
  figure("server_rss_growth_bytes", growth ? std::optional{growth->rss_bytes} : std::nullopt);
  figure("server_rss_bytes_per_hour", growth ? std::optional{growth->rss_bytes_per_hour} : std::nullopt);
  figure("server_open_files_growth", growth ? growth->open_files : std::nullopt);
  figure("server_open_files_per_hour", growth ? growth->open_files_per_hour : std::nullopt);
}

void write_samples(text::JsonWriter& json, std::span<const ServerSample> samples) {
  json.key("samples").begin_array();
  for (const ServerSample& sample : samples) {
    json.begin_object().key("at_s").value(sample.at.count()).key("rss_bytes").value(sample.rss_bytes);
    write(json.key("open_files"), sample.open_files);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::chrono::duration<double> warm_up_of(const CheckOutcome& outcome) {
  constexpr int kTtls = 2;
  const std::chrono::duration<double> longer =
      std::max<std::chrono::duration<double>>(kTtls * outcome.ttl, outcome.ran_for / 10);
  return std::min(longer, outcome.ran_for / 2);
}

void print_totals(const CheckTotals& totals, std::ostream& out) {
  out << totals.answers << " answers, " << totals.wrong << " wrong, " << totals.unknown << " unknown, "
      << totals.missing << " missing, " << totals.errors << " errors";
}

void print(const CheckOutcome& outcome, const CheckOptions& options, std::ostream& out) {
  std::ostringstream text;  // keeps the number format away from `out`
  print_totals(outcome.totals, text);
  text << " (seed " << options.seed << ")\n";
  if (options.churn != 0) {
    text << outcome.totals.churned_connections << " connections were opened, used and closed\n";
  }
  const auto warm_up = warm_up_of(outcome);
  if (const auto growth = growth_after(warm_up, outcome.samples.all())) {
    constexpr double kKilobyte = 1e3;
    text << std::fixed << std::setprecision(1) << "after " << warm_up.count() << " s the server's memory grew by "
         << static_cast<double>(growth->rss_bytes) / kKilobyte << " kB (trend "
         << growth->rss_bytes_per_hour / kKilobyte << " kB an hour)";
    if (growth->open_files) {
      text << ", its descriptors by " << *growth->open_files << " (trend " << *growth->open_files_per_hour
           << " an hour)";
    }
    text << '\n';
  }
  out << text.str();
}

std::string to_json(const CheckOutcome& outcome, const CheckOptions& options) {
  const CheckTotals& totals = outcome.totals;
  text::JsonWriter json;
  json.begin_object();
  json.key("answers").value(std::uint64_t{totals.answers}).key("wrong").value(std::uint64_t{totals.wrong});
  json.key("unknown").value(std::uint64_t{totals.unknown}).key("missing").value(std::uint64_t{totals.missing});
  json.key("errors").value(std::uint64_t{totals.errors});
  json.key("commands").value(std::uint64_t{totals.commands}).key("users").value(std::uint64_t{options.users});
  json.key("ttl_s").value(static_cast<std::uint64_t>(outcome.ttl.count()));
  json.key("duration_s").value(outcome.ran_for.count());
  json.key("churn_per_second").value(std::uint64_t{options.churn});
  json.key("churned_connections").value(std::uint64_t{totals.churned_connections});
  const auto warm_up = warm_up_of(outcome);
  json.key("warm_up_s").value(warm_up.count());
  write_growth(json, growth_after(warm_up, outcome.samples.all()));
  write_samples(json, outcome.samples.all());
  json.key("seed").value(options.seed);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

}  // namespace lastbeat::bench
