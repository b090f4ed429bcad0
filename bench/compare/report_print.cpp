#include <algorithm>
#include <sstream>

#include "bench/statistics.hpp"
#include "compare/report.hpp"
#include "compare/report_table.hpp"

namespace lastbeat::bench {
namespace {

constexpr double kPercent = 100;
constexpr double kAtItsLimit = 0.9;
constexpr const char* kRatio = "times Lastbeat's (lowest to highest)";

double median(const PeerRuns& runs, double Run::*figure) { return spread_of(figures_of(runs, figure)).median; }

std::string percent(double share) { return rounded(kPercent * share) + " %"; }

// Which side had nothing left: the rate is that side's, and not the other's.
std::string limit(const PeerRuns& runs) {
  const bool is_server = median(runs, &Run::server_share) >= kAtItsLimit;
  const bool is_load = median(runs, &Run::load_share) >= kAtItsLimit;
  if (is_server) return is_load ? "both" : "server";
  return is_load ? "load" : "neither";
}

std::string ratio(const PeerRuns& runs, const PeerRuns* base, double Run::*figure) {
  if (base == nullptr || base->runs.empty()) return "-";
  if (&runs == base) return "1";
  return rounded(spread_of(paired_ratios(figures_of(runs, figure), figures_of(*base, figure))));
}

std::string shape_in_words(const ScenarioOutcome& scenario) {
  const Shape& shape = scenario.shape;
  std::ostringstream words;
  words << shape.connections << " connections, " << shape.pipeline << (shape.pipeline == 1 ? " request" : " requests")
        << " in flight on each, " << shape.batch << (shape.batch == 1 ? " user" : " users") << " a request, "
        << shape.heartbeat_percent << " % heartbeats";
  if (scenario.rate) words << ", " << rounded(*scenario.rate) << " operations/s in all";
  return words.str();
}

ReportTable load_table(const ScenarioOutcome& scenario) {
  ReportTable table{
      {"server", "server CPU us an operation", kRatio, "operations/s", "server busy", "load busy", "at its limit"}};
  for (const PeerRuns& runs : scenario.peers) {
    table.add({runs.peer, rounded(median(runs, &Run::server_us_per_operation)),
               ratio(runs, scenario.find("lastbeat"), &Run::server_us_per_operation),
               rounded(median(runs, &Run::operations_per_second)), percent(median(runs, &Run::server_share)),
               percent(median(runs, &Run::load_share)), limit(runs)});
  }
  return table;
}

ReportTable latency_table(const ScenarioOutcome& scenario) {
  ReportTable table{{"server", "p50 us", "p99 us", "p99.9 us", std::string{"p99 "} + kRatio,
                     "server CPU us an operation", "server busy"}};
  for (const PeerRuns& runs : scenario.peers) {
    table.add({runs.peer, rounded(median(runs, &Run::p50_us)), rounded(median(runs, &Run::p99_us)),
               rounded(median(runs, &Run::p999_us)), ratio(runs, scenario.find("lastbeat"), &Run::p99_us),
               rounded(median(runs, &Run::server_us_per_operation)), percent(median(runs, &Run::server_share))});
  }
  return table;
}

ReportTable footprint_table(const std::vector<Footprint>& footprints, const std::string& what) {
  ReportTable table{{"server", what, "bytes each", "times Lastbeat's"}};
  for (const Footprint& footprint : footprints) {
    const auto base = std::find_if(footprints.begin(), footprints.end(), [&](const Footprint& each) {
      return each.peer == "lastbeat" && each.count == footprint.count;
    });
    const bool has_base = base != footprints.end() && base->bytes_each > 0;
    table.add({footprint.peer, rounded(static_cast<double>(footprint.count)), rounded(footprint.bytes_each),
               has_base ? rounded(footprint.bytes_each / base->bytes_each) : "-"});
  }
  return table;
}

// Sections one after the other.
class Page {
 public:
  explicit Page(bool is_markdown) : is_markdown_{is_markdown} {}

  void paragraph(const std::string& text) { text_ << text << (is_markdown_ ? "\n\n" : "\n"); }
  void item(const std::string& text) { text_ << (is_markdown_ ? "- " : "  ") << text << '\n'; }
  void section(std::string_view title, const std::string& words, const ReportTable& table) {
    if (is_markdown_) {
      text_ << "\n### " << title << "\n\n" << words << ".\n\n" << table.markdown();
    } else {
      text_ << '\n' << title << '\n' << words << ":\n" << table.plain();
    }
  }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  bool is_markdown_;
  std::ostringstream text_;
};

std::string conditions(const CompareOutcome& outcome, const CompareOptions& options) {
  std::ostringstream words;
  words << "Servers on core " << outcome.server_cpu << " with one thread each, the load on core " << outcome.load_cpu
        << "; " << options.repeats << (options.repeats == 1 ? " run" : " runs") << " of "
        << std::chrono::duration<double>{options.duration}.count() << " s each, in turns; " << options.users
        << " users. Medians; ratios are of runs of the same round.";
  return words.str();
}

std::string write(const CompareOutcome& outcome, const CompareOptions& options, Page page) {
  page.paragraph(conditions(outcome, options));
  for (const Peer& peer : outcome.peers.found) page.item(peer.name + ": " + peer.version);
  for (const std::string& why : outcome.peers.left_out) page.item(why);
  for (const ScenarioOutcome& scenario : outcome.scenarios) {
    page.section(scenario.shape.title, shape_in_words(scenario),
                 scenario.scenario == Scenario::kLatency ? latency_table(scenario) : load_table(scenario));
  }
  if (!outcome.users.empty()) {
    page.section("Memory of a user", "Resident memory that came with the users",
                 footprint_table(outcome.users, "users"));
  }
  if (!outcome.connections.empty()) {
    page.section("Memory of an idle connection", "Resident memory that came with the connections",
                 footprint_table(outcome.connections, "connections"));
  }
  return page.text();
}

}  // namespace

std::string to_text(const CompareOutcome& outcome, const CompareOptions& options) {
  return write(outcome, options, Page{false});
}

std::string to_markdown(const CompareOutcome& outcome, const CompareOptions& options) {
  return write(outcome, options, Page{true});
}

}  // namespace lastbeat::bench
