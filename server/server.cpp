#include "server/server.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <asio.hpp>
#include <build_info.hpp>
#include <csignal>
#include <random>

#include "net/binary_codec.hpp"

namespace lastbeat {
namespace {

Rules rules_of(const Options& options) {
  return {.ttl = static_cast<Second>(options.ttl.count()), .retain = static_cast<Second>(options.retain.count())};
}

std::uint64_t random_word() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

// Raises the limit of file descriptors as far as it may go, and returns how many connections that leaves room for.
std::uint64_t connections_possible(const Options& options) {
  // Files, listeners, those of the event loops, and connections that are being refused.
  const std::uint64_t other = 64 + 4 * options.threads + NetServer::kMostRefusals;
  const std::uint64_t wanted = options.max_connections;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted + other) return wanted;
  const std::uint64_t possible = limit.rlim_cur > 2 * other ? limit.rlim_cur - other : limit.rlim_cur / 2;
  spdlog::warn("serving at most {} connections, not {}: the limit of open files is {} (ulimit -Hn)", possible, wanted,
               limit.rlim_cur);
  return possible;
}

NetConfig net_config(const Options& options) {
  NetConfig config{
      .listeners = {}, .threads = options.threads, .max_connections = connections_possible(options), .limits = {}};
  config.limits.idle_timeout = options.idle_timeout;
  for (const StreamEndpoint& endpoint : options.listen) config.listeners.push_back({endpoint, binary_protocol()});
  return config;
}

}  // namespace

Server::Server(const Options& options)
    : rules_{rules_of(options)},
      // Without a data directory nothing tells of an earlier life, so `auto` means no.
      clock_{rules_, options.doubt_at_start == DoubtAtStart::kYes, read_boot_time()},
      store_{{.rules = rules_, .max_users = options.max_users}, clock_.published()},
      sweeper_{clock_, store_, options.sweep_cpu_percent},
      presence_{rules_, random_word(), clock_, store_, sweeper_},
      net_{net_config(options), presence_} {}

void Server::run_until_signal() {
  asio::io_context signals_context;
  asio::signal_set signals{signals_context, SIGTERM, SIGINT};
  net_.start();
  for (const std::string& address : net_.addresses()) spdlog::info("listening on {}", address);
  spdlog::info("lastbeatd {} ({}) is ready: ttl {} s, retain {} s", kVersionString, kCommit, rules_.ttl, rules_.retain);
  signals.async_wait([](const std::error_code&, int signal) { spdlog::info("signal {}: stopping", signal); });
  signals_context.run();
  signals.clear();  // a second signal ends the process the hard way
  net_.stop();
  spdlog::info("stopped");
}

}  // namespace lastbeat
