#include "bench/compare_options.hpp"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "bench/flags.hpp"
#include "text/option.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::array kScenarios{Scenario::kSingle,  Scenario::kPipelined, Scenario::kBatches,    Scenario::kMixed,
                                Scenario::kLatency, Scenario::kUsers,     Scenario::kConnections};

void add_without_default(CLI::App& app, const std::string& name, std::string& value, const std::string& type,
                         const std::string& help) {
  app.add_option(name, value, help)->type_name(type);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream list{text + ','};
  for (std::string part; std::getline(list, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<Scenario> scenarios(const std::string& text) {
  if (text == "all") return {kScenarios.begin(), kScenarios.end()};
  const auto names = split(text);
  std::vector<Scenario> chosen;
  chosen.reserve(names.size());
  for (const std::string& name : names) {
    const auto found = std::find_if(kScenarios.begin(), kScenarios.end(),
                                    [&](Scenario scenario) { return name == name_of(scenario); });
    if (found == kScenarios.end() || std::find(chosen.begin(), chosen.end(), *found) != chosen.end()) {
      throw std::invalid_argument("'" + text +
                                  "' is no value for --scenarios; allowed: all, or some of single, pipelined, batches, "
                                  "mixed, latency, users, connections, with commas, each once");
    }
    chosen.push_back(*found);
  }
  return chosen;
}

std::vector<std::uint64_t> ascending_users(const std::string& text) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  const auto numbers = split(text);
  std::vector<std::uint64_t> counts;
  counts.reserve(numbers.size());
  for (const std::string& count : numbers) {
    counts.push_back(text::parse_number(count, "--memory-users", 1, kMost));
    if (counts.size() > 1 && counts[counts.size() - 2] >= counts.back()) {
      throw std::invalid_argument("'" + text +
                                  "' is no value for --memory-users; allowed: numbers with commas, each larger than "
                                  "the one before");
    }
  }
  return counts;
}

std::optional<unsigned> core(const std::string& text, const char* flag) {
  if (text.empty()) return std::nullopt;
  return number(text, flag, 0, CPU_SETSIZE - 1);
}

}  // namespace

const char* name_of(Scenario scenario) noexcept {
  switch (scenario) {
    case Scenario::kSingle:
      return "single";
    case Scenario::kPipelined:
      return "pipelined";
    case Scenario::kBatches:
      return "batches";
    case Scenario::kMixed:
      return "mixed";
    case Scenario::kLatency:
      return "latency";
    case Scenario::kUsers:
      return "users";
    case Scenario::kConnections:
      break;
  }
  return "connections";
}

void declare(CLI::App& app, RawCompare& raw) {
  add_without_default(app, "--lastbeatd", raw.lastbeatd, "PROGRAM",
                      "Server to measure; without it, the one beside lastbeat-bench");
  add(app, "--redis", raw.redis, "PROGRAM", "Path, or name in $PATH, of redis-server; none leaves it out");
  add(app, "--valkey", raw.valkey, "PROGRAM", "The same of valkey-server");
  add(app, "--memcached", raw.memcached, "PROGRAM", "The same of memcached");
  add(app, "--scenarios", raw.scenarios, "LIST",
      "Some of single, pipelined, batches, mixed, latency, users, connections, with commas");
  add(app, "--seconds", raw.seconds, "SECONDS", "Length of each run; 0.5, say, for half a second");
  add(app, "--repeats", raw.repeats, "N", "Runs of each server in each scenario, in turns");
  add(app, "--users", raw.users, "N", "Users, all of whom send a heartbeat before each run");
  add(app, "--crowd", raw.crowd, "N",
      "Users that one more lastbeatd holds while latency is measured, a pass over all of them every second; 0 for "
      "none");
  add(app, "--memory-users", raw.memory_users, "LIST", "Users at which memory is looked at, ascending, with commas");
  add(app, "--idle-connections", raw.idle_connections, "N", "Connections that are opened and then left idle");
  add(app, "--settle", raw.settle, "SECONDS", "How long they are idle before memory is looked at");
  add_without_default(app, "--server-cpu", raw.server_cpu, "N",
                      "Core of the servers; without it, the first that may be used");
  add_without_default(app, "--load-cpu", raw.load_cpu, "N",
                      "Core of the load; without it, the second that may be used");
  add(app, "--markdown", raw.markdown, "FILE", "Write the tables as Markdown; - for standard output");
  add(app, "--json", raw.json, "FILE", "Write every run as JSON; - for standard output");
}

void declare(CLI::App& app, RawEcho& raw) {
  add(app, "--listen", raw.listen, "ADDRESS", "IPv4 address and port; port 0 picks a free one");
}

CompareOptions check(const RawCompare& raw) {
  constexpr double kLeastSeconds = 0.01;
  constexpr double kMostSeconds = 3600;
  CompareOptions options;
  options.lastbeatd = raw.lastbeatd;
  options.redis = raw.redis;
  options.valkey = raw.valkey;
  options.memcached = raw.memcached;
  options.scenarios = scenarios(raw.scenarios);
  options.duration = text::parse_seconds(raw.seconds, "--seconds", kLeastSeconds, kMostSeconds);
  options.repeats = number(raw.repeats, "--repeats", 1, 1'000);
  options.users = number(raw.users, "--users", 1, 100'000'000);
  options.crowd = number(raw.crowd, "--crowd", 0, 1'000'000'000);
  options.memory_users = ascending_users(raw.memory_users);
  options.idle_connections = number(raw.idle_connections, "--idle-connections", 1, 25'000);
  options.settle = text::parse_seconds(raw.settle, "--settle", 0, kMostSeconds);
  options.server_cpu = core(raw.server_cpu, "--server-cpu");
  options.load_cpu = core(raw.load_cpu, "--load-cpu");
  options.markdown = raw.markdown;
  options.json = raw.json;
  return options;
}

EchoOptions check(const RawEcho& raw) {
  const auto endpoint = text::of_option("--listen", raw.listen, text::parse_endpoint);
  const auto* const tcp = std::get_if<text::TcpEndpoint>(&endpoint);
  if (tcp == nullptr) {
    throw std::invalid_argument("'" + raw.listen + "' is no value for --listen; allowed: an IPv4 address and a port");
  }
  return {.listen = *tcp};
}

}  // namespace lastbeat::bench
