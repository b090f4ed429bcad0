#include "net/stats_report.hpp"

#include "ops/process_usage.hpp"

namespace lastbeat {
namespace {

void add_line(std::string& text, std::string_view name, std::uint64_t value) {
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string stats_report(const PresenceService& presence, std::span<const Counters* const> counters,
                         const ServerFacts& facts) {
  std::string text;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(facts.uptime);
  add_line(text, "uptime_s", static_cast<std::uint64_t>(seconds.count()));
  add_line(text, "ttl_s", presence.rules().ttl);
  add_line(text, "retain_s", presence.rules().retain);
  add_line(text, "doubt_left_s", presence.doubt_left());
  add_line(text, "online", presence.online());
  add_line(text, "entries", presence.entries());

  const SweepStats sweep = presence.sweep();
  add_line(text, "timed_out", sweep.timed_out);
  add_line(text, "forgotten", sweep.forgotten);
  add_line(text, "passes", sweep.passes);
  add_line(text, "last_pass_us", sweep.last_pass_us);
  add_line(text, "last_pass_spread_us", sweep.last_spread_us);

  add_line(text, "connections", facts.connections);
  add_line(text, "max_connections", facts.max_connections);
  for (std::size_t i = 0; i < static_cast<std::size_t>(Counter::kEnd); ++i) {
    const auto counter = static_cast<Counter>(i);
    std::uint64_t sum = 0;
    for (const Counters* const one : counters) sum += one->get(counter);
    add_line(text, name_of(counter), sum);
  }

  const ProcessUsage usage = process_usage();
  add_line(text, "rss_bytes", usage.resident_bytes);
  add_line(text, "cpu_us", static_cast<std::uint64_t>(usage.cpu.count()));
  add_line(text, "open_files", usage.open_files);
  return text;
}

}  // namespace lastbeat
