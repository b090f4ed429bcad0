#include "server/server.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <asio.hpp>
#include <build_info.hpp>
#include <csignal>
#include <functional>
#include <random>

#include "log/log.hpp"
#include "net/binary_codec.hpp"
#include "server/make_store.hpp"
#include "service_manager/service_manager.hpp"
#ifdef LASTBEAT_AUTH
#include "credentials/credential_store.hpp"
#endif
#ifdef LASTBEAT_HTTP
#include "http/codec.hpp"
#endif
#ifdef LASTBEAT_METRICS
#include "metrics/prometheus_text.hpp"
#endif
#ifdef LASTBEAT_TLS
#include "tls/certificates.hpp"
#endif
#ifdef LASTBEAT_WEB
#include "web/dashboard.hpp"
#endif

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
  log::warn("serving at most " + std::to_string(possible) + " connections, not " + std::to_string(wanted) +
                ": the limit of open files is " + std::to_string(limit.rlim_cur) + " (ulimit -Hn)",
            {{"max_connections", possible}, {"max_open_files", std::uint64_t{limit.rlim_cur}}});
  return possible;
}

// As long as the context runs. `act` outlives it.
void on_every_signal(asio::signal_set& signals, const std::function<void()>& act) {
  signals.async_wait([&](const std::error_code& error, int) {
    if (error) return;
    act();
    on_every_signal(signals, act);
  });
}

// The same.
void repeat(asio::steady_timer& timer, std::chrono::microseconds interval, const std::function<void()>& act) {
  timer.expires_after(interval);
  timer.async_wait([&timer, interval, &act](const std::error_code& error) {
    if (error) return;
    act();
    repeat(timer, interval, act);
  });
}

#ifdef LASTBEAT_TLS
std::unique_ptr<tls::Encryption> make_encryption(const Options& options) {
  return options.tls.is_on() ? std::make_unique<tls::Certificates>(options.tls) : nullptr;
}
#else
std::unique_ptr<tls::Encryption> make_encryption(const Options& /*options*/) { return nullptr; }
#endif

// Who may open a unix socket is a matter of the file system; what goes through it does not leave the machine.
SecureLayerFactory layers(tls::Encryption* encryption, tls::Above above, const StreamEndpoint& endpoint) {
  const bool is_unix = endpoint.protocol().family() == AF_UNIX;
  return encryption == nullptr || is_unix ? SecureLayerFactory{} : encryption->layers(above);
}

#ifdef LASTBEAT_HTTP
void add_http_listeners(const Options& options, tls::Encryption* encryption, NetConfig& config) {
  for (const StreamEndpoint& endpoint : options.http) {
    http::Settings settings;
    // No browser reaches a unix socket, and which names lead to another address only the operator knows.
    settings.checks_host = is_loopback(endpoint) || !options.http_hosts.empty();
    settings.hosts = options.http_hosts;
    settings.cors_origins = options.http_cors_origins;
    settings.request_timeout = options.http_request_timeout;
#ifdef LASTBEAT_WEB
    settings.dashboard = &web::dashboard();
#endif
    config.listeners.push_back({.endpoint = endpoint,
                                .protocol = http::http_protocol(settings),
                                .name = "http",
                                .secure = layers(encryption, tls::Above::kHttp, endpoint)});
  }
}
#else
void add_http_listeners(const Options& /*options*/, tls::Encryption* /*encryption*/, NetConfig& /*config*/) {}
#endif

#ifdef LASTBEAT_AUTH
std::unique_ptr<auth::Authority> make_authority(const Options& options) {
  return options.auth.is_on() ? std::make_unique<auth::CredentialStore>(options.auth) : nullptr;
}
#else
std::unique_ptr<auth::Authority> make_authority(const Options& /*options*/) { return nullptr; }
#endif

NetConfig net_config(const Options& options, const auth::Authority* authority, tls::Encryption* encryption) {
  NetConfig config{.listeners = {},
                   .threads = options.threads,
                   .max_connections = connections_possible(options),
                   .limits = {},
                   .authority = authority};
  config.limits.idle_timeout = options.idle_timeout;
  config.limits.max_held_bytes = options.max_held_bytes;
  for (const StreamEndpoint& endpoint : options.listen) {
    config.listeners.push_back({.endpoint = endpoint,
                                .protocol = binary_protocol(),
                                .secure = layers(encryption, tls::Above::kBinary, endpoint)});
  }
  add_http_listeners(options, encryption, config);
#ifdef LASTBEAT_METRICS
  config.metrics = [](const Report& report) {
    return prometheus_text(report, {.version = kVersionString, .commit = kCommit, .build_type = kBuildType});
  };
#endif
  return config;
}

}  // namespace

Server::Server(const Options& options)
    : rules_{rules_of(options)},
      // Without a data directory nothing tells of an earlier life, so `auto` means no.
      clock_{rules_, options.doubt_at_start == DoubtAtStart::kYes, read_boot_time()},
      store_{make_store(options, rules_, clock_)},
      sweeper_{clock_, *store_, options.sweep_cpu_percent},
      presence_{rules_, random_word(), clock_, *store_, sweeper_},
      authority_{make_authority(options)},
      encryption_{make_encryption(options)},
      net_{net_config(options, authority_.get(), encryption_.get()), presence_},
      binary_listeners_{options.listen.size()},
      drain_time_{options.drain_time} {}

void Server::log_addresses() const {
  const auto addresses = net_.addresses();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const bool is_binary = i < binary_listeners_;
    log::info((is_binary ? "listening on " : "HTTP on ") + addresses[i],
              {{"protocol", is_binary ? "binary" : "http"}, {"address", addresses[i]}});
  }
}

void Server::reload() {
  const auto read_again = [](auto& part) {
    try {
      part.reload();
      log::info("read again: " + part.summary());
    } catch (const std::exception& error) {
      const std::string reason = error.what();
      log::error("not read again, what there was stays: " + reason, {{"reason", reason}});
    }
  };
  if (authority_) read_again(*authority_);
  if (encryption_) read_again(*encryption_);
}

// Serves on while those who watch /readyz turn away; a second signal cuts that short.
void Server::drain() {
  net_.drain();
  if (drain_time_.count() == 0) return;
  const auto milliseconds = static_cast<std::uint64_t>(drain_time_.count());
  log::info("draining for " + std::to_string(milliseconds) + " ms", {{"drain_time_ms", milliseconds}});
  asio::io_context context;
  asio::signal_set signals{context, SIGTERM, SIGINT};
  asio::steady_timer over{context, drain_time_};
  signals.async_wait([&](const std::error_code& error, int) {
    if (!error) over.cancel();
  });
  over.async_wait([&](const std::error_code&) { signals.cancel(); });
  context.run();
}

void Server::log_ready() const {
  const std::string version{kVersionString};
  const std::string commit{kCommit};
  log::info("lastbeatd " + version + " (" + commit + ") is ready: ttl " + std::to_string(rules_.ttl) + " s, retain " +
                std::to_string(rules_.retain) + " s",
            {{"version", version},
             {"commit", commit},
             {"pid", static_cast<std::uint64_t>(::getpid())},
             {"ttl_s", std::uint64_t{rules_.ttl}},
             {"retain_s", std::uint64_t{rules_.retain}}});
}

void Server::run_until_signal(const std::function<void()>& reload) {
  asio::io_context signals_context;
  asio::signal_set signals{signals_context, SIGTERM, SIGINT};
  asio::signal_set hangups{signals_context, SIGHUP};  // heeded until the end, so that none is deadly while stopping
  const std::function<void()> reload_and_tell = [&] {
    service_manager::tell_reloading();
    reload();
    service_manager::tell_ready();
  };
  on_every_signal(hangups, reload_and_tell);
  // TSan of gcc 12 loses a signal that interrupts a thread's first blocking call: that is over before we say "ready".
  signals_context.poll();
  net_.start();
  log_addresses();
  if (authority_) log::info("tokens are asked for: " + authority_->summary());
  if (encryption_) log::info("TLS on every TCP address: " + encryption_->summary());
  log_ready();
  service_manager::tell_ready();
  // Twice as often as it is asked for; silent as soon as one event loop hangs.
  asio::steady_timer watchdog{signals_context};
  const std::function<void()> show_life = [&] { net_.ask_loops(service_manager::tell_alive); };
  if (const auto interval = service_manager::watchdog_interval(); interval.count() != 0) {
    repeat(watchdog, interval / 2, show_life);
  }
  signals.async_wait([&](const std::error_code&, int signal) {
    log::info("signal " + std::to_string(signal) + ": stopping", {{"signal", static_cast<std::uint64_t>(signal)}});
    service_manager::tell_stopping(drain_time_ + 2 * NetServer::kGrace);
    signals_context.stop();
  });
  signals_context.run();
  drain();
  net_.stop();
  store_->finish();
  log::info("stopped");
}

}  // namespace lastbeat
