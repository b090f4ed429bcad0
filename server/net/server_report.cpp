#include "net/server_report.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "net/counter_reading.hpp"
#include "ops/process_usage.hpp"

namespace lastbeat {
namespace {

using std::chrono::duration_cast;

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
constexpr auto kGauge = ReadingKind::kGauge;
constexpr auto kCounter = ReadingKind::kCounter;

// Adds readings to a report, one a line.
class Writer {
 public:
  explicit Writer(Report& report) noexcept : readings_{report.readings} {}

  void add(ReadingKind kind, const char* stat, const char* metric, const char* help, std::uint64_t value) {
    readings_.push_back({.stat = stat, .metric = metric, .help = help, .kind = kind, .value = value});
  }
  // Of microseconds, which the metrics have in seconds.
  void add_us(ReadingKind kind, const char* stat, const char* metric, const char* help, std::uint64_t value) {
    add(kind, stat, metric, help, value);
    readings_.back().unit = kMicrosecondsPerSecond;
  }
  // What the metrics have in another form.
  void add_stat(ReadingKind kind, const char* stat, std::uint64_t value) { add(kind, stat, "", "", value); }

 private:
  std::vector<Reading>& readings_;
};

void add_presence(const PresenceService& presence, Writer& writer) {
  const SweepStats sweep = presence.sweep();
  writer.add(kGauge, "ttl_s", "lastbeat_ttl_seconds", "--ttl.", presence.rules().ttl);
  writer.add(kGauge, "retain_s", "lastbeat_retain_seconds", "--retain.", presence.rules().retain);
  writer.add(kGauge, "doubt_left_s", "lastbeat_doubt_left_seconds",
             "How much longer unknown may be answered instead of offline.", presence.doubt_left());
  writer.add(kGauge, "online", "lastbeat_online_users", "Users announced as online.", presence.online());
  writer.add(kGauge, "online_known", "lastbeat_online_known",
             "1 when the numbers of users online and held are known, 0 when the store cannot tell them.",
             presence.can_count() ? 1 : 0);
  writer.add(kGauge, "entries", "lastbeat_users", "Users held: online, gone silent, left, and not yet forgotten.",
             presence.entries());
  writer.add(kGauge, "max_users", "lastbeat_max_users", "Users that may be held: --max-users.", presence.max_entries());
  writer.add(kGauge, "table_bytes", "lastbeat_table_memory_bytes", "Memory that holds users.", presence.memory_bytes());
  writer.add(kCounter, "timed_out", "lastbeat_sweep_timed_out_total", "Users found silent by the sweep.",
             sweep.timed_out);
  writer.add(kCounter, "forgotten", "lastbeat_sweep_forgotten_total", "Entries dropped by the sweep.", sweep.forgotten);
  writer.add(kCounter, "passes", "lastbeat_sweep_passes_total", "Passes of the sweep over all users.", sweep.passes);
  writer.add_us(kGauge, "last_pass_us", "lastbeat_sweep_last_pass_work_seconds",
                "Time spent in the bursts of the last pass, its pauses left out.", sweep.last_pass_us);
  writer.add_us(kGauge, "last_pass_spread_us", "lastbeat_sweep_last_pass_duration_seconds",
                "From the first burst of the last pass to its last.", sweep.last_spread_us);
  writer.add(kGauge, "sweep_lag_s", "lastbeat_sweep_lag_seconds",
             "Age of the second up to which all timeouts have been found; 1 or 2 while the sweep keeps up.",
             sweep.lag_s);
}

void add_store(const RemoteFigures& store, Writer& writer) {
  writer.add(kGauge, "store_reachable", "lastbeat_store_reachable", "1 while the store can be reached, else 0.",
             store.is_reachable ? 1 : 0);
  writer.add(kGauge, "store_nodes", "lastbeat_store_nodes",
             "Servers that are the store: of a Redis or its cluster, or upstream of a sidecar.", store.nodes);
  writer.add(kGauge, "store_nodes_reachable", "lastbeat_store_nodes_reachable", "Those of them that answer.",
             store.nodes_reachable);
  writer.add(kCounter, "store_operations", "lastbeat_store_operations_total",
             "Users' heartbeats, leaves and statuses that a store outside this process has answered.",
             store.operations);
  writer.add(kCounter, "store_failures", "lastbeat_store_failures_total",
             "Those that it could not be asked, or has not answered in time.", store.failures);
  writer.add(kCounter, "store_refused", "lastbeat_store_refused_total",
             "Heartbeats and leaves that it had no room for.", store.refused);
  writer.add(kGauge, "store_kept", "lastbeat_store_kept_users",
             "Users of whom a heartbeat or leave waits here to be sent to it.", store.kept);
  writer.add(kCounter, "store_coalesced", "lastbeat_store_coalesced_total",
             "Heartbeats in whose place another one goes to it.", store.coalesced);
  writer.add(kCounter, "store_dropped", "lastbeat_store_dropped_total",
             "Heartbeats and leaves given up: a ttl old before it could be told.", store.dropped);
  writer.add(kCounter, "store_overflows", "lastbeat_store_overflows_total",
             "Heartbeats and leaves refused because no more could wait for it.", store.overflows);
}

// Also what is not counted: sums over kinds and protocols.
void add_counters(std::span<const ProtocolFigures> protocols, Report& report) {
  std::uint64_t requests = 0;
  std::uint64_t http_requests = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::kEnd); ++i) {
    const auto counter = static_cast<Counter>(i);
    for (const ProtocolFigures& figures : protocols) {
      std::uint64_t sum = 0;
      for (const Counters* const one : figures.counters) sum += one->get(counter);
      report.readings.push_back(counter_reading(counter, figures.protocol, sum));
      if (!name_of(counter).starts_with("requests_")) continue;
      requests += sum;
      if (figures.protocol == "http") http_requests += sum;
    }
  }
  Writer writer{report};
  writer.add_stat(kCounter, "requests", requests);
  writer.add_stat(kCounter, "http_requests", http_requests);
}

void add_turns(std::span<const ProtocolFigures> protocols, Report& report) {
  LatencyCounts all;
  for (const ProtocolFigures& figures : protocols) {
    report.latencies.push_back(
        {.metric = "lastbeat_turn_duration_seconds",
         .help =
             "From before a read of a connection to after the write of the replies to all requests that it brought.",
         .labels = {{"protocol", figures.protocol}},
         .counts = {}});
    for (const LatencyHistogram* const turns : figures.turns) {
      turns->add_to(report.latencies.back().counts);
      turns->add_to(all);
    }
  }
  Writer writer{report};
  constexpr std::array kQuantiles{std::pair{"turn_p50_ns", 0.5}, std::pair{"turn_p99_ns", 0.99},
                                  std::pair{"turn_p999_ns", 0.999}};
  for (const auto& [stat, share] : kQuantiles) {
    writer.add_stat(kGauge, stat, static_cast<std::uint64_t>(all.quantile(share).count()));
  }
}

void add_process(const ServerFacts& facts, Writer& writer) {
  const ProcessUsage usage = process_usage();
  writer.add(kGauge, "rss_bytes", "process_resident_memory_bytes", "Resident memory size in bytes.",
             usage.resident_bytes);
  writer.add_us(kCounter, "cpu_us", "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                static_cast<std::uint64_t>(usage.cpu.count()));
  writer.add(kGauge, "open_files", "process_open_fds", "Number of open file descriptors.", usage.open_files);
  writer.add(kGauge, "max_open_files", "process_max_fds", "Maximum number of open file descriptors.",
             usage.max_open_files);
  const auto started = duration_cast<std::chrono::microseconds>(facts.started.time_since_epoch());
  writer.add_us(kGauge, "started_at_us", "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.", static_cast<std::uint64_t>(started.count()));
}

}  // namespace

Report server_report(const PresenceService& presence, std::span<const ProtocolFigures> protocols,
                     const ServerFacts& facts) {
  Report report;
  Writer writer{report};
  const auto uptime = duration_cast<std::chrono::seconds>(facts.uptime);
  writer.add(kGauge, "uptime_s", "lastbeat_uptime_seconds", "Since the start.",
             static_cast<std::uint64_t>(uptime.count()));
  add_presence(presence, writer);
  add_store(presence.remote(), writer);
  writer.add(kGauge, "connections", "lastbeat_connections", "Connections open now.", facts.connections);
  writer.add(kGauge, "max_connections", "lastbeat_max_connections", "The limit of connections in force.",
             facts.max_connections);
  add_counters(protocols, report);
  add_turns(protocols, report);
  add_process(facts, writer);
  return report;
}

}  // namespace lastbeat
