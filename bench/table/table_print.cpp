#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

#include "table_bench/table_report.hpp"

namespace lastbeat::bench {
namespace {

using Share = std::optional<double>;

constexpr double kPercent = 100;
constexpr double kMillion = 1e6;
constexpr double kGigabyte = 1e9;
constexpr double kNearlyAll = 0.9999;
constexpr double kNanosecondsPerMicrosecond = 1000;
constexpr std::string_view kHeartbeats = "heartbeats";
constexpr std::string_view kStatuses = "statuses of users who are there";
constexpr std::string_view kMissing = "statuses of users who are not";

// Lines of "name  figure unit  share of a limit  ratio to absl".
class Lines {
 public:
  Lines() {
    text_ << std::fixed << std::setw(kName + kFigure + kUnit + kShare) << "of limit" << std::setw(kRatio) << "x absl"
          << '\n';
  }

  void section(std::string_view title) { text_ << '\n' << title << '\n'; }
  void note(std::string_view text) { text_ << "  " << text << '\n'; }
  void figure(std::string_view name, double figure, std::string_view unit, Share of_limit = {}, Share to_absl = {}) {
    text_ << "  " << std::left << std::setw(kName - 2) << name << std::right << std::setprecision(2)
          << std::setw(kFigure) << figure << std::left << std::setw(kUnit) << unit << std::right;
    percent(of_limit);
    if (to_absl) text_ << std::setprecision(2) << std::setw(kRatio) << *to_absl;
    text_ << '\n';
  }
  void rate(std::string_view name, double per_second, Share of_limit = {}, Share to_absl = {}) {
    figure(name, per_second / kMillion, " M/s", of_limit, to_absl);
  }
  void nanoseconds(std::string_view name, std::uint64_t ns) {
    figure(name, static_cast<double>(ns) / kNanosecondsPerMicrosecond, " us");
  }
  void count(std::string_view name, std::uint64_t count) {
    text_ << "  " << std::left << std::setw(kName - 2) << name << std::right << std::setw(kFigure) << count << '\n';
  }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  static constexpr int kName = 42;
  static constexpr int kFigure = 10;
  static constexpr int kUnit = 8;
  static constexpr int kShare = 10;
  static constexpr int kRatio = 9;

  void percent(Share share) {
    if (share) {
      text_ << std::setprecision(1) << std::setw(kShare - 2) << kPercent * *share << " %";
    } else {
      text_ << std::setw(kShare) << "";
    }
  }

  std::ostringstream text_;  // keeps the number format away from the stream that it is for
};

// Writes figures beside the limit of the machine and what absl reaches.
class Printer {
 public:
  explicit Printer(const TableOutcome& outcome) : outcome_{outcome}, absl_{outcome.find_rival("absl")} {}

  [[nodiscard]] std::string text(const TableOptions& options) {
    limit(options.threads);
    rates();
    growth();
    holds();
    churn();
    passes();
    departure();
    for (const RivalOutcome& each : outcome_.rivals) rival(each);
    return lines_.text();
  }

 private:
  [[nodiscard]] double of_limit_1_thread(double rate) const { return rate / outcome_.limit.rmw_per_second_1_thread; }
  // `member`: of RivalFigures or of its rates.
  [[nodiscard]] Share to_absl(double figure, double RivalFigures::*member) const {
    return absl_ == nullptr ? Share{} : figure / (absl_->*member);
  }
  [[nodiscard]] Share to_absl(const Rate& rate, double CommonRates::*member) const {
    return absl_ == nullptr ? Share{} : rate.per_second / (absl_->rates.*member);
  }

  void limit(std::uint32_t threads) {
    lines_.section("What the memory of this machine allows, over as much as the table takes");
    lines_.rate("random read-modify-writes", outcome_.limit.rmw_per_second);
    if (threads > 1) lines_.rate("the same, one thread", outcome_.limit.rmw_per_second_1_thread);
    lines_.figure("sequential read", outcome_.limit.read_bytes_per_second / kGigabyte, " GB/s");
  }

  void inserts(double per_second, double bytes_per_user) {
    lines_.rate("inserts", per_second, {}, to_absl(per_second, &RivalFigures::inserts_per_second));
    lines_.figure("memory in the end", bytes_per_user, " B/user", {},
                  to_absl(bytes_per_user, &RivalFigures::bytes_per_user));
  }

  void rates() {
    const TableRates& rates = outcome_.rates;
    const auto line = [&](std::string_view name, const Rate& rate, Share to_absl = {}) {
      lines_.rate(name, rate.per_second, rate.of_limit, to_absl);
    };
    lines_.section("Commands of random users");
    line(kHeartbeats, rates.heartbeats, to_absl(rates.heartbeats, &CommonRates::heartbeats));
    line(kStatuses, rates.statuses, to_absl(rates.statuses, &CommonRates::statuses));
    line(kMissing, rates.missing_statuses, to_absl(rates.missing_statuses, &CommonRates::missing_statuses));
    line("heartbeats, one thread", rates.heartbeats_1_thread);
    line("90 % heartbeats, 10 % statuses", rates.mix);
    line("heartbeats, a call for each", rates.single_heartbeats);
    line("statuses, a call for each", rates.single_statuses);
  }

  void growth() {
    const Growth& growth = outcome_.growth;
    lines_.section("Growth");
    inserts(growth.inserts_per_second(), growth.bytes_per_user());
    if (const auto most = outcome_.most_bytes_per_user()) {
      lines_.figure("memory at most, from 5 million users on", *most, " B/user");
    }
    lines_.nanoseconds("a call of 256, 99.99 %", growth.call_ns.percentile(kNearlyAll));
    lines_.nanoseconds("a call of 256, longest", growth.call_ns.max());
    lines_.nanoseconds("longest gap of a mere loop", static_cast<std::uint64_t>(outcome_.spin_longest.count()));
  }

  void holds() {
    lines_.section("One hold of a lock while the table grows, and users come and go");
    const Holds* const holds = outcome_.observed_holds();
    if (holds == nullptr) {
      lines_.note(outcome_.holds ? "this table tells nothing about its locks"
                                 : "skipped: that many users need --holds");
      return;
    }
    lines_.nanoseconds("held, 99.99 %", holds->held_ns.percentile(kNearlyAll));
    lines_.nanoseconds("held, longest", holds->held_ns.max());
    lines_.count("cache lines touched, at most", holds->most_lines_touched);
    lines_.count("cache lines moved, at most", holds->most_lines_moved);
  }

  void churn() {
    if (!outcome_.churn) return;
    const Churn& churn = *outcome_.churn;
    lines_.section("Cache lines that a status looks at");
    lines_.figure("of a user who is there", churn.before.a_status, "");
    lines_.figure("of one who is not", churn.before.a_missing_status, "");
    lines_.figure("who is there, when all others have gone", churn.after.a_status, "");
    lines_.figure("who is not, then", churn.after.a_missing_status, "");
  }

  void passes() {
    constexpr double kMillisecondsPerSecond = 1000;
    const Passes& passes = outcome_.passes;
    const double bytes_per_second = outcome_.pass_bytes_per_second();
    lines_.section("Passes");
    lines_.figure("nobody expires", kMillisecondsPerSecond * passes.idle.cpu.count(), " ms cpu");
    lines_.figure("the same, memory passed over", bytes_per_second / kGigabyte, " GB/s",
                  bytes_per_second / outcome_.limit.read_bytes_per_second);
    lines_.figure("0.05 % expire", kMillisecondsPerSecond * passes.expiring.cpu.count(), " ms cpu");
    lines_.rate("heartbeats of one thread", passes.heartbeats_alone, of_limit_1_thread(passes.heartbeats_alone));
    lines_.rate("the same during passes", passes.heartbeats_during, of_limit_1_thread(passes.heartbeats_during));
    lines_.figure("lost to passes", passes.loss_percent, " %");
  }

  void departure() {
    const Departure& departure = outcome_.departure;
    lines_.section("Everybody expires at once");
    lines_.figure("until nobody is held", departure.took.count(), " s");
    lines_.rate("edges", departure.edges_per_second());
    lines_.figure("memory that is left", kPercent * departure.memory_left, " %");
    lines_.note(departure.each_arrived_once ? "each user's edge arrived exactly once"
                                            : "NOT every user's edge arrived exactly once");
  }

  void rival(const RivalOutcome& rival) {
    lines_.section(std::string{rival.name} + " in 1024 stripes");
    if (!rival.skipped.empty()) {
      lines_.note("skipped: " + rival.skipped);
      return;
    }
    lines_.rate(kHeartbeats, rival.figures.rates.heartbeats);
    lines_.rate(kStatuses, rival.figures.rates.statuses);
    lines_.rate(kMissing, rival.figures.rates.missing_statuses);
    inserts(rival.figures.inserts_per_second, rival.figures.bytes_per_user);
  }

  const TableOutcome& outcome_;
  const RivalFigures* absl_;
  Lines lines_;
};

}  // namespace

void print(const TableOutcome& outcome, const TableOptions& options, std::ostream& out) {
  out << options.users << " users, " << options.threads << (options.threads == 1 ? " thread\n" : " threads\n")
      << Printer{outcome}.text(options);
}

}  // namespace lastbeat::bench
