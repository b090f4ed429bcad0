#include "bench/check.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <random>
#include <thread>
#include <vector>

#include "bench/check_totals.hpp"
#include "bench/checked_users.hpp"
#include "bench/checker.hpp"
#include "bench/environment.hpp"
#include "lastbeat/client.hpp"
#include "text/json_writer.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::seconds;

void print(const CheckTotals& totals, std::ostream& out) {
  out << totals.answers << " answers, " << totals.wrong << " wrong, " << totals.unknown << " unknown, " << totals.errors
      << " errors";
}

// A line a second until `running` threads have ended.
void watch(const CheckTotals& totals, const std::atomic<std::uint32_t>& running, std::ostream& errors) {
  constexpr std::chrono::milliseconds kTick{50};
  constexpr seconds kLine{1};
  Nanoseconds next_line = read_boot_time() + kLine;
  while (running != 0) {
    std::this_thread::sleep_for(kTick);
    if (read_boot_time() < next_line) continue;
    next_line += kLine;
    errors << "  ";
    print(totals, errors);
    errors << '\n';
  }
}

std::string to_json(const CheckOptions& options, seconds ttl, double ran_for, const CheckTotals& totals) {
  text::JsonWriter json;
  json.begin_object();
  json.key("answers").value(std::uint64_t{totals.answers}).key("wrong").value(std::uint64_t{totals.wrong});
  json.key("unknown").value(std::uint64_t{totals.unknown}).key("errors").value(std::uint64_t{totals.errors});
  json.key("commands").value(std::uint64_t{totals.commands}).key("users").value(std::uint64_t{options.users});
  json.key("ttl_s").value(static_cast<std::uint64_t>(ttl.count())).key("duration_s").value(ran_for);
  json.key("seed").value(options.seed);
  write_environment(json, options.command);
  json.end_object();
  return json.text();
}

}  // namespace

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  Client client{{.server = options.server, .connect_attempts = 1}};
  const auto info = client.hello();
  if (!info) {
    errors << "lastbeat-bench: " << info.error().message << '\n';
    return 1;
  }
  const seconds ttl = info.value().ttl;
  if (options.ttl && *options.ttl != ttl) {
    errors << "lastbeat-bench: the server's ttl is " << ttl.count() << " s, not " << options.ttl->count()
           << " s; start it with --ttl " << options.ttl->count() << "s, or leave --ttl out here\n";
    return 1;
  }
  // Random whatever the seed is: a second run with the same seed must not meet what the first one left behind. The
  // highest bit is set, so that the ids of a load, which start at 0, are never met.
  const auto salt = static_cast<std::uint32_t>(std::random_device{}() | 1U << 31U);
  CheckedUsers users{options.users, salt};
  CheckTotals totals;
  const Nanoseconds start = read_boot_time();
  std::atomic<std::uint32_t> running{options.connections};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    threads.emplace_back([&, i] {
      Checker{options, info.value(), i, users, totals}.run(start + options.duration);
      --running;
    });
  }
  watch(totals, running, errors);
  for (std::thread& thread : threads) thread.join();
  const double ran_for = std::chrono::duration<double>{read_boot_time() - start}.count();

  for (const std::string& complaint : totals.complaints()) errors << "  " << complaint << '\n';
  for (const auto& [message, count] : totals.messages()) errors << "  " << count << " times: " << message << '\n';
  if (options.json != "-") {
    print(totals, out);
    out << " (seed " << options.seed << ")\n";
  }
  if (!save_json(to_json(options, ttl, ran_for, totals), options.json, out, errors)) return 1;
  return totals.wrong == 0 && totals.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
