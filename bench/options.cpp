#include "bench/options.hpp"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <build_info.hpp>
#include <random>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "bench/flags.hpp"
#include "command/access.hpp"
#include "text/option.hpp"

namespace lastbeat::bench {
namespace {

constexpr int kBadCommandLine = 2;
constexpr std::uint64_t kMostBatch = 65536;

struct RawLoad {
  std::string target = "lastbeat://127.0.0.1:7230";
  cli::RawAccess access;
  std::string users = "1000000";
  std::string connections = "64";
  std::string pipeline = "1";
  std::string batch = "1";
  std::string heartbeats = "90";
  std::string rate = "max";
  std::string duration = "10s";
  std::string threads = "1";
  std::string cpus;
  std::string distribution = "uniform";
  std::string seed = "1";
  std::string json;
};

struct RawCheck {
  std::string server = "127.0.0.1:7230";
  std::string users = "200000";
  std::string silent = "1%";
  std::string ttl;
  std::string duration = "30s";
  std::string connections = "4";
  std::string batch = "500";
  std::string replicas = "1";
  std::string later;
  std::string churn = "0";
  std::string delay = "0s";
  std::string seed;
  std::string json;
};

struct RawTable {
  std::string users = "10000000";
  std::string threads = "1";
  std::string seconds = "2";
  std::string rivals = "absl,std";
  bool holds = false;
  std::string json;
};

void declare(CLI::App& app, RawLoad& raw) {
  add(app, "--target", raw.target, "URL",
      "PROTOCOL://HOST:PORT or PROTOCOL://unix:PATH, where PROTOCOL is lastbeat, redis, memcache, or echo for a server "
      "that returns what it gets");
  cli::declare_access(app, raw.access);
  add(app, "--users", raw.users, "N", "Ids are drawn from 0 to N - 1");
  add(app, "--distribution", raw.distribution, "NAME",
      "uniform: every user equally likely; zipf: a few are very popular, theta 0.99");
  add(app, "--connections", raw.connections, "N", "Connections, kept open all the time");
  add(app, "--pipeline", raw.pipeline, "N", "Requests in flight on a connection");
  add(app, "--batch", raw.batch, "N", "Users in a request");
  add(app, "--heartbeats", raw.heartbeats, "PERCENT", "Share of heartbeats; the rest are statuses");
  add(app, "--rate", raw.rate, "N|max",
      "Operations a second on a fixed schedule, late ones sent when there is room; max: as answers come");
  add(app, "--duration", raw.duration, "DURATION", "How long");
  add(app, "--threads", raw.threads, "N", "Threads of the load");
  add(app, "--cpus", raw.cpus, "LIST", "Processors that these threads run on, such as 1 or 0,1; any without it");
  add(app, "--seed", raw.seed, "N", "Of the random choices");
  add(app, "--json", raw.json, "FILE", "Write the result as JSON; - for standard output");
}

void declare(CLI::App& app, RawCheck& raw) {
  add(app, "--server", raw.server, "ADDRESS",
      "HOST:PORT or unix:PATH; several nodes, over which users are spread, are [NAME=]ADDRESS[*WEIGHT],...");
  add(app, "--replicas", raw.replicas, "1|2", "On how many of several nodes each user is kept");
  add(app, "--later", raw.later, "DURATION:LIST", "Go on with another list of nodes after so long, such as 20s:a=...");
  add(app, "--users", raw.users, "N", "Users, with ids of their own that no load touches");
  add(app, "--silent", raw.silent, "PERCENT", "Share of users who are silent at any time");
  add(app, "--ttl", raw.ttl, "DURATION", "What the server's ttl must be; without it, whatever it is");
  add(app, "--duration", raw.duration, "DURATION", "How long");
  add(app, "--connections", raw.connections, "N", "Connections, a thread each");
  add(app, "--batch", raw.batch, "N", "Users in a request");
  add(app, "--churn", raw.churn, "N",
      "Connections a second that are opened, used for a few judged requests, and closed, besides");
  add(app, "--delay", raw.delay, "DURATION",
      "Heartbeats and leaves may count as so much newer: 0s of a server, some 200ms of a sidecar");
  add(app, "--seed", raw.seed, "N", "Of the random choices; random without it");
  add(app, "--json", raw.json, "FILE", "Write the result as JSON; - for standard output");
}

void declare(CLI::App& app, RawTable& raw) {
  add(app, "--users", raw.users, "N", "Users that the table grows to");
  add(app, "--threads", raw.threads, "N", "Threads that use it at once");
  add(app, "--seconds", raw.seconds, "SECONDS", "How long each rate is measured; 0.5, say, for half a second");
  add(app, "--rivals", raw.rivals, "LIST",
      "Maps to compare with: absl (absl::flat_hash_map), std (std::unordered_map), both with a comma, or none");
  app.add_flag("--holds", raw.holds,
               "Grow once more and observe every hold of a lock, with more than 200 million users too");
  add(app, "--json", raw.json, "FILE", "Write the result as JSON; - for standard output");
}

std::chrono::milliseconds duration(const std::string& text) {
  const auto duration = text::of_option("--duration", text, text::parse_duration);
  if (duration.count() == 0)
    throw std::invalid_argument("'" + text + "' is no value for --duration; allowed: more than 0");
  return duration;
}

std::chrono::seconds whole_seconds(const std::string& text) {
  const auto duration = text::of_option("--ttl", text, text::parse_duration);
  const auto whole = std::chrono::floor<std::chrono::seconds>(duration);
  if (whole != duration || whole.count() == 0)
    throw std::invalid_argument("'" + text + "' is no value for --ttl; allowed: whole seconds, from 1s");
  return whole;
}

std::string typed(int argc, const char* const* argv) {
  std::string command = "lastbeat-bench";
  for (int i = 1; i < argc; ++i) command.append(" ").append(argv[i]);
  return command;
}

std::pair<Protocol, text::Endpoint> target(const std::string& text) {
  for (const Protocol protocol : {Protocol::kLastbeat, Protocol::kRedis, Protocol::kMemcache, Protocol::kEcho}) {
    const std::string scheme = std::string{name_of(protocol)} + "://";
    if (text.starts_with(scheme))
      return {protocol, text::of_option("--target", text.substr(scheme.size()), text::parse_endpoint)};
  }
  throw std::invalid_argument("'" + text +
                              "' is no target; allowed: lastbeat://, redis://, memcache:// or echo://, each with "
                              "HOST:PORT or unix:PATH");
}

Distribution distribution(const std::string& text) {
  for (const Distribution distribution : {Distribution::kUniform, Distribution::kZipf}) {
    if (text == name_of(distribution)) return distribution;
  }
  throw std::invalid_argument("'" + text + "' is no value for --distribution; allowed: uniform or zipf");
}

std::vector<unsigned> cpus(const std::string& text) {
  if (text.empty()) return {};
  constexpr std::uint64_t kHighest = CPU_SETSIZE - 1;
  std::vector<unsigned> cpus;
  std::istringstream list{text + ','};
  for (std::string cpu; std::getline(list, cpu, ',');) {
    cpus.push_back(number(cpu, "--cpus (a list such as 0,1)", 0, kHighest));
  }
  return cpus;
}

LoadOptions check(const RawLoad& raw) {
  constexpr std::uint64_t kMost = 1'000'000;
  LoadOptions options;
  std::tie(options.protocol, options.target) = target(raw.target);
  cli::check_access(raw.access, options.access);
  if (options.protocol != Protocol::kLastbeat && (options.access.tls.enabled || !options.access.token.empty())) {
    throw std::invalid_argument("--token-file and --tls are for targets that begin with lastbeat://");
  }
  options.workload.users = text::parse_number(raw.users, "--users", 1, ~std::uint64_t{0});
  options.workload.batch = number(raw.batch, "--batch", 1, kMostBatch);
  options.workload.heartbeat_percent = number(raw.heartbeats, "--heartbeats", 0, 100);
  if (options.protocol == Protocol::kEcho && options.workload.batch != 1) {
    throw std::invalid_argument("'" + raw.batch + "' is no value for --batch with echo://; allowed: 1");
  }
  options.workload.distribution = distribution(raw.distribution);
  options.cpus = cpus(raw.cpus);
  options.connections = number(raw.connections, "--connections", 1, kMost);
  options.pipeline = number(raw.pipeline, "--pipeline", 1, kMost);
  options.threads = std::min(number(raw.threads, "--threads", 1, 256), options.connections);
  if (raw.rate != "max") options.rate = static_cast<double>(text::parse_number(raw.rate, "--rate", 1, 1'000'000'000));
  options.duration = duration(raw.duration);
  options.seed = text::parse_number(raw.seed, "--seed", 0, ~std::uint64_t{0});
  options.json = raw.json;
  return options;
}

void check_nodes(const RawCheck& raw, CheckOptions& options) {
  options.server = raw.server;
  options.has_nodes = text::of_option("--server", raw.server, parse_nodes).size() > 1;
  options.replicas = static_cast<int>(text::parse_number(raw.replicas, "--replicas", 1, 2));
  const bool is_spread = options.replicas > 1 || !raw.later.empty();
  if (is_spread && !options.has_nodes) {
    throw std::invalid_argument("--replicas 2 and --later need two nodes or more in --server");
  }
  if (raw.later.empty()) return;
  // A client that is made after the change knows nothing of the list of before.
  if (raw.churn != "0") throw std::invalid_argument("--later and --churn do not go together");
  const auto colon = raw.later.find(':');
  if (colon == std::string::npos) {
    throw std::invalid_argument("'" + raw.later + "' is no value for --later; allowed: DURATION:LIST");
  }
  options.later = text::of_option("--later", raw.later.substr(0, colon), text::parse_duration);
  options.later_nodes = text::of_option("--later", raw.later.substr(colon + 1), parse_nodes);
}

CheckOptions check(const RawCheck& raw) {
  CheckOptions options;
  check_nodes(raw, options);
  options.users = number(raw.users, "--users", 1, 100'000'000);
  const auto percent = raw.silent.ends_with('%') ? raw.silent.substr(0, raw.silent.size() - 1) : raw.silent;
  options.silent_share = static_cast<double>(text::parse_number(percent, "--silent (percent)", 0, 90)) / 100;
  if (!raw.ttl.empty()) options.ttl = whole_seconds(raw.ttl);
  options.duration = duration(raw.duration);
  options.connections = number(raw.connections, "--connections", 1, 256);
  options.batch = number(raw.batch, "--batch", 1, kMostBatch);
  options.churn = number(raw.churn, "--churn", 0, 5'000);
  options.delay = text::of_option("--delay", raw.delay, text::parse_duration);
  options.seed =
      raw.seed.empty() ? std::random_device{}() : text::parse_number(raw.seed, "--seed", 0, ~std::uint64_t{0});
  options.json = raw.json;
  return options;
}

std::vector<Rival> rivals(const std::string& text) {
  if (text == "none") return {};
  std::vector<Rival> rivals;
  std::istringstream names{text + ','};
  for (std::string name; std::getline(names, name, ',');) {
    const Rival rival = name == "std" ? Rival::kStd : Rival::kAbsl;
    const bool is_known = name == "std" || name == "absl";
    if (!is_known || std::find(rivals.begin(), rivals.end(), rival) != rivals.end()) {
      throw std::invalid_argument("'" + text + "' is no value for --rivals; allowed: absl, std, absl,std or none");
    }
    rivals.push_back(rival);
  }
  return rivals;
}

TableOptions check(const RawTable& raw) {
  TableOptions options;
  options.users = text::parse_number(raw.users, "--users", 1'000, 2'000'000'000);
  options.threads = number(raw.threads, "--threads", 1, 64);
  constexpr double kLeastSeconds = 0.01;
  constexpr double kMostSeconds = 3600;
  options.duration = text::parse_seconds(raw.seconds, "--seconds", kLeastSeconds, kMostSeconds);
  options.rivals = rivals(raw.rivals);
  options.holds = raw.holds;
  options.json = raw.json;
  return options;
}

template <class Options>
Options with_command(Options options, int argc, const char* const* argv) {
  options.command = typed(argc, argv);
  return options;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Parsed parse_options(int argc, const char* const* argv) {
  RawLoad raw_load;
  RawCheck raw_check;
  RawTable raw_table;
  RawCompare raw_compare;
  RawEcho raw_echo;
  CLI::App app{"Measures and checks Lastbeat.", "lastbeat-bench"};
  app.set_version_flag("--version",
                       "lastbeat-bench " + std::string{kVersionString} + " (" + std::string{kCommit} + ")");
  app.require_subcommand(1);
  CLI::App* const load =
      app.add_subcommand("load", "As many requests as possible, or a fixed rate, and how long they take");
  CLI::App* const checked = app.add_subcommand("check", "A load whose every answer is judged against a model");
  CLI::App* const table = app.add_subcommand("table", "The table alone, in this process: rates, pauses, memory");
  CLI::App* const compared =
      app.add_subcommand("compare", "The same loads on lastbeatd and on the servers that could do its work");
  CLI::App* const echo = app.add_subcommand("echo", "A server that sends back what arrives: compare's floor");
  declare(*load, raw_load);
  declare(*checked, raw_check);
  declare(*table, raw_table);
  declare(*compared, raw_compare);
  declare(*echo, raw_echo);
  try {
    app.parse(argc, argv);
    if (load->parsed()) return with_command(check(raw_load), argc, argv);
    if (table->parsed()) return with_command(check(raw_table), argc, argv);
    if (compared->parsed()) return with_command(check(raw_compare), argc, argv);
    if (echo->parsed()) return check(raw_echo);
    return with_command(check(raw_check), argc, argv);
  } catch (const CLI::Success& done) {
    std::ostringstream text;
    app.exit(done, text, text);
    return ParseExit{.status = 0, .text = text.str()};
  } catch (const CLI::ParseError& error) {
    return ParseExit{
        .status = kBadCommandLine,
        .text = "lastbeat-bench: " + one_line(error.what()) +
                "; allowed: load, check, table, compare, echo; lastbeat-bench COMMAND --help lists the options\n"};
  } catch (const std::invalid_argument& error) {
    return ParseExit{.status = kBadCommandLine, .text = "lastbeat-bench: " + std::string{error.what()} + "\n"};
  }
}

}  // namespace lastbeat::bench
