#include "bench/check.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <ostream>
#include <random>
#include <thread>
#include <vector>

#include "bench/check_report.hpp"
#include "bench/check_totals.hpp"
#include "bench/checked_users.hpp"
#include "bench/checker.hpp"
#include "bench/churner.hpp"
#include "bench/environment.hpp"
#include "bench/list_change.hpp"
#include "bench/server_usage.hpp"
#include "lastbeat/client.hpp"

namespace lastbeat::bench {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t kChurnAThread = 200;

std::uint32_t churners_of(const CheckOptions& options) { return (options.churn + kChurnAThread - 1) / kChurnAThread; }

// How many users can be kept online over the connections that come and go, with room to spare; half of all at most.
std::uint32_t churned_users(const CheckOptions& options, seconds ttl) {
  constexpr std::uint64_t kHeartbeatsAConnection = Churner::kStepsAConnection * Churner::kLargestBatch;
  constexpr std::uint64_t kHeartbeatsAUser = 6;  // a ttl: three are sent
  const std::uint64_t heartbeats = options.churn * kHeartbeatsAConnection * static_cast<std::uint64_t>(ttl.count());
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(options.users / 2, heartbeats / kHeartbeatsAUser));
}

// The threads of a check.
class CheckThreads {
 public:
  CheckThreads(const CheckOptions& options, const ServerInfo& server, Nanoseconds start_time, CheckTotals& totals)
      : options_{options},
        server_{server},
        end_{start_time + options.duration},
        totals_{totals},
        // Random whatever the seed is: a second run with the same seed must not meet what the first one left behind.
        // The highest bit is set, so that the ids of a load, which start at 0, are never met.
        users_{options.users, static_cast<std::uint32_t>(std::random_device{}() | 1U << 31U), options.delay} {
    const std::uint32_t churners = churners_of(options);
    const std::uint32_t steady = options.users - churned_users(options, server.ttl);
    const std::uint32_t count = options.connections + churners;
    running_ = count;
    if (!options.later_nodes.empty()) change_.emplace(start_time + options.later, options.later_nodes, count);
    threads_.reserve(count);
    for (std::uint32_t i = 0; i < options.connections; ++i) {
      const Checker::Share share{.first = i, .end = steady, .step = options.connections, .batch = options.batch};
      start([this, share, seed = options.seed * count + i] { checker(share, seed).run(end_); });
    }
    for (std::uint32_t i = 0; i < churners; ++i) {
      const Checker::Share share{.first = steady + i,
                                 .end = options.users,
                                 .step = churners,
                                 .batch = std::min(options.batch, Churner::kLargestBatch)};
      start([this, share, seed = options.seed * count + options.connections + i,
             interval = Nanoseconds{seconds{churners}} / options.churn] {
        Churner{checker(share, seed), interval, totals_}.run(end_);
      });
    }
  }
  ~CheckThreads() {
    for (std::thread& thread : threads_) thread.join();
  }
  CheckThreads(const CheckThreads&) = delete;
  CheckThreads& operator=(const CheckThreads&) = delete;

  [[nodiscard]] bool is_any_running() const noexcept { return running_ != 0; }

 private:
  [[nodiscard]] Checker checker(const Checker::Share& share, std::uint64_t seed) {
    return Checker{options_, server_, share, seed, users_, totals_, change_ ? &*change_ : nullptr};
  }
  template <class Work>
  void start(Work work) {
    threads_.emplace_back([this, work] {
      work();
      --running_;
    });
  }

  const CheckOptions& options_;
  const ServerInfo& server_;
  const Nanoseconds end_;
  CheckTotals& totals_;
  CheckedUsers users_;
  std::optional<ListChange> change_;
  std::atomic<std::uint32_t> running_{0};
  std::vector<std::thread> threads_;
};

// A line a second, and a sample now and then, until all threads have ended.
void watch(const CheckThreads& threads, Client& client, Nanoseconds start, CheckOutcome& outcome,
           std::ostream& errors) {
  constexpr std::chrono::milliseconds kTick{50};
  constexpr seconds kLine{1};
  Nanoseconds next_line = start + kLine;
  while (threads.is_any_running()) {
    const auto elapsed = std::chrono::duration<double>{read_boot_time() - start};
    const auto usage = outcome.samples.is_due(elapsed) ? ask_server_usage(client) : std::nullopt;
    if (usage && usage->rss_bytes) {
      outcome.samples.add({.at = elapsed, .rss_bytes = *usage->rss_bytes, .open_files = usage->open_files});
    }
    std::this_thread::sleep_for(kTick);
    if (read_boot_time() < next_line) continue;
    next_line += kLine;
    errors << "  ";
    print_totals(outcome.totals, errors);
    errors << '\n';
  }
}

}  // namespace

int run_check(const CheckOptions& options, std::ostream& out, std::ostream& errors) {
  static_cast<void>(is_interrupted());
  Client client{{.server = options.server, .connect_attempts = 1, .replicas = options.replicas}};
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
  CheckTotals totals;
  CheckOutcome outcome{.ttl = ttl, .ran_for = {}, .totals = totals, .samples = {}};
  const Nanoseconds start = read_boot_time();
  {
    const CheckThreads threads{options, info.value(), start, totals};
    watch(threads, client, start, outcome, errors);
  }
  outcome.ran_for = read_boot_time() - start;

  for (const std::string& complaint : totals.complaints()) errors << "  " << complaint << '\n';
  for (const auto& [message, count] : totals.messages()) errors << "  " << count << " times: " << message << '\n';
  if (options.json != "-") print(outcome, options, out);
  if (!save_json(to_json(outcome, options), options.json, out, errors)) return 1;
  return totals.wrong + totals.missing + totals.errors == 0 ? 0 : 1;
}

}  // namespace lastbeat::bench
