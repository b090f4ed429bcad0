#include "server/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <build_info.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "presence/sweeper.hpp"
#include "server/auth_options.hpp"
#include "server/config_file.hpp"
#include "server/tls_options.hpp"
#include "table/stripe.hpp"
#include "text/option.hpp"
#include "text/parse.hpp"

namespace lastbeat {
namespace {

constexpr int kFailedToStart = 1;
constexpr int kBadCommandLine = 2;
constexpr std::chrono::hours kLongestTtl{24};
constexpr std::chrono::seconds kLongestRetain{Stripe::kLongestRetain};
constexpr std::chrono::hours kLongestDrain{1};
constexpr std::uint64_t kMostThreads = 256;
constexpr std::uint64_t kMostConnections = 10'000'000;
constexpr std::uint64_t kMostUsers = 7'000'000'000;  // of a table: 2^15 stripes of 2^15 lines
constexpr std::uint64_t kUsualUsersOfSidecar = 4'000'000;

#ifdef LASTBEAT_HTTP
constexpr const char* kUsualHttp = "127.0.0.1:7231";
#else
constexpr const char* kUsualHttp = "off";
#endif

// What the options look like before they are checked.
struct Raw {
  std::vector<std::string> listen{"127.0.0.1:7230"};
  std::vector<std::string> http{kUsualHttp};
  std::vector<std::string> http_hosts;
  std::vector<std::string> http_cors_origins;
  std::string http_request_timeout = "10s";
  std::string threads;
  std::string ttl = "30s";
  std::string retain;
  std::string sweep_cpu = std::to_string(SweepPass::kUsualCpuPercent);
  std::string doubt_at_start = "auto";
  std::string max_connections = "10000";
  std::string max_users;
  std::string idle_timeout = "5m";
  std::string drain_time = "0s";
  std::string log_format = "text";
  std::string log_level = "info";
  RawStoreOptions store;
  RawAuthOptions auth;
  tls::Config tls;
  bool create_table = false;
  bool insecure = false;
};

std::uint64_t default_threads() {
  return std::clamp<std::uint64_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
}

// What this process may use: the machine's memory, or less if its control group says so ("max" is no number).
std::uint64_t memory_bytes() {
  auto bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t limit = 0;
  if (std::ifstream file{"/sys/fs/cgroup/memory.max"}; file >> limit) bytes = std::min(bytes, limit);
  return bytes;
}

// As many users as three quarters of the memory can hold. The table takes 10 to 14 bytes a user.
std::uint64_t default_max_users() {
  constexpr std::uint64_t kBytesAUser = 14;
  return std::max<std::uint64_t>(1, memory_bytes() / 4 * 3 / kBytesAUser);
}

// Beside what users may take there is a quarter, which is not for this alone.
std::uint64_t max_held_bytes() {
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 20U;
  return std::max(kLeast, memory_bytes() / 16);
}

void declare(CLI::App& app, Raw& raw) {
  app.add_option("--listen", raw.listen, "HOST:PORT or unix:PATH to serve the binary protocol on; repeatable")
      ->type_name("ADDRESS")
      ->take_all()
      ->capture_default_str();
  app.add_option("--http", raw.http, "HOST:PORT or unix:PATH to serve the HTTP API on, or off; repeatable")
      ->type_name("ADDRESS")
      ->take_all()
      ->capture_default_str();
  app.add_option("--http-host", raw.http_hosts,
                 "A name under which HTTP clients reach this server, besides localhost; others are refused; repeatable")
      ->type_name("NAME")
      ->take_all();
  app.add_option("--http-cors-origin", raw.http_cors_origins,
                 "Pages of this origin may use the HTTP API, such as https://app.example; *: all pages; repeatable")
      ->type_name("ORIGIN")
      ->take_all();
  app.add_option("--http-request-timeout", raw.http_request_timeout,
                 "From the first byte of an HTTP request to its last; 0s: as long as --idle-timeout")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--threads", raw.threads, "Event loops, one a thread")
      ->type_name("N")
      ->default_str("one a core: " + std::to_string(default_threads()));
  app.add_option("--ttl", raw.ttl, "A user is online while the last heartbeat is at most this old; 1s to 24h")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--retain", raw.retain, "How long the last heartbeat or leave is remembered; the ttl to 1440h")
      ->type_name("DURATION")
      ->default_str("the ttl");
  app.add_option("--doubt-at-start", raw.doubt_at_start,
                 "Answer unknown instead of offline for one ttl after the start; auto: no")
      ->type_name("auto|yes|no")
      ->capture_default_str();
  app.add_option("--max-connections", raw.max_connections, "Connections served at once")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-users", raw.max_users, "Users held at once; new ones beyond it are refused")
      ->type_name("N")
      ->default_str("three quarters of the memory: " + std::to_string(default_max_users()) +
                    "; of a sidecar, and with --coalesce, " + std::to_string(kUsualUsersOfSidecar));
  app.add_option("--sweep-cpu", raw.sweep_cpu,
                 "Share of one core, in percent, that looking for timeouts takes at most, 1 to 100")
      ->type_name("PERCENT")
      ->capture_default_str();
  app.add_option("--idle-timeout", raw.idle_timeout,
                 "Close a connection without a whole request for this long; 0s: never")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--drain-time", raw.drain_time,
                 "After SIGTERM, serve on for so long while /readyz says no, before stopping; at most 1h")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--log-format", raw.log_format, "How to log to stderr; json: one object a line")
      ->type_name("text|json")
      ->capture_default_str();
  app.add_option("--log-level", raw.log_level, "What to log to stderr; SIGHUP reads it again from the --config file")
      ->type_name("trace|debug|info|warn|error|off")
      ->capture_default_str();
  declare_store_options(app, raw.store);
  app.add_flag("--create-table", raw.create_table,
               "Make the table of --store dynamodb://..., wait until it can be used, and exit")
      ->configurable(false);  // it would keep a server from ever serving
  declare_auth_options(app, raw.auth);
  declare_tls_options(app, raw.tls);
  app.add_flag("--insecure", raw.insecure,
               "Allow --listen and --http on addresses that other machines reach, without authentication");
  app.set_config("--config", "", "Read these options from a TOML file, such as: ttl = \"30s\"")->type_name("FILE");
  app.config_formatter(strict_toml());
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_version_flag("--version", "lastbeatd " + std::string{kVersionString} + " (" + std::string{kCommit} + ")");
}

std::chrono::seconds whole_seconds(const std::string& text, const char* flag, std::chrono::seconds lowest,
                                   std::chrono::seconds highest) {
  const auto duration = text::of_option(flag, text, text::parse_duration);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  if (seconds != duration || seconds < lowest || seconds > highest) {
    throw std::invalid_argument("'" + text + "' is no value for " + flag + "; allowed: whole seconds from " +
                                std::to_string(lowest.count()) + "s to " + std::to_string(highest.count()) + "s");
  }
  return seconds;
}

template <class Value>
Value one_of(const std::string& text, const char* flag, std::initializer_list<std::pair<const char*, Value>> choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    allowed.append(allowed.empty() ? "" : ", ").append(name);
  }
  throw std::invalid_argument("'" + text + "' is no value for " + flag + "; allowed: " + allowed);
}

StreamEndpoint listen_address(const char* flag, const std::string& text, bool may_be_remote) {
  const ListenAddress address = text::of_option(
      flag, text, [](const std::string& value) { return resolve_listen_address(text::parse_endpoint(value)); });
  if (!address.is_local && !may_be_remote) {
    throw std::invalid_argument(std::string{flag} + " " + text +
                                " can be reached from other machines and nobody has to sign in; allowed: a loopback "
                                "address, a unix socket, --auth-token-file, --jwt-key-file or --tls-client-ca, or "
                                "--insecure if the network is trusted");
  }
  return address.endpoint;
}

std::vector<StreamEndpoint> http_addresses(const Raw& raw, bool may_be_remote) {
  if (raw.http == std::vector<std::string>{"off"}) return {};
#ifndef LASTBEAT_HTTP
  throw std::invalid_argument("this lastbeatd was built without HTTP; allowed: --http off");
#endif
  std::vector<StreamEndpoint> addresses;
  for (const std::string& text : raw.http) addresses.push_back(listen_address("--http", text, may_be_remote));
  return addresses;
}

// What a browser sends as Origin: a scheme, a host and at most a port.
std::string cors_origin(const std::string& text) {
  const std::size_t host = text.find("://");
  const bool is_origin = host != std::string::npos && host != 0 && host + 3 < text.size() &&
                         text.find_first_of("/?#@ \t\r\n,", host + 3) == std::string::npos;
  if (text != "*" && !is_origin) {
    throw std::invalid_argument("'" + text +
                                "' is no value for --http-cors-origin; allowed: * or a scheme, a host and maybe a "
                                "port, such as https://app.example:8443");
  }
  return text;
}

std::string host_name(const std::string& text) {
  if (text.empty() || text.find_first_of(":/@[] \t") != std::string::npos) {
    throw std::invalid_argument("'" + text + "' is no value for --http-host; allowed: a name without a port");
  }
  return text;
}

std::chrono::milliseconds drain_time(const std::string& text) {
  const auto duration = text::of_option("--drain-time", text, text::parse_duration);
  if (duration > kLongestDrain) {
    throw std::invalid_argument("'" + text + "' is no value for --drain-time; allowed: 0s to 1h");
  }
  return duration;
}

std::uint64_t max_users(const std::string& text, bool is_sidecar) {
  if (text.empty()) return is_sidecar ? kUsualUsersOfSidecar : default_max_users();
  return text::parse_number(text, "--max-users", 1, kMostUsers);
}

Options check(const Raw& raw) {
  constexpr std::chrono::seconds kShortestTtl{1};
  Options options;
  options.auth = check_auth_options(raw.auth);
  options.tls = check_tls_options(raw.tls);
  const bool may_be_remote = raw.insecure || options.auth.is_on() || !options.tls.client_ca_file.empty();
  for (const std::string& text : raw.listen) options.listen.push_back(listen_address("--listen", text, may_be_remote));
  options.http = http_addresses(raw, may_be_remote);
  for (const std::string& text : raw.http_hosts) options.http_hosts.push_back(host_name(text));
  for (const std::string& text : raw.http_cors_origins) options.http_cors_origins.push_back(cors_origin(text));
  options.http_request_timeout =
      text::of_option("--http-request-timeout", raw.http_request_timeout, text::parse_duration);
  options.drain_time = drain_time(raw.drain_time);
  options.threads =
      raw.threads.empty() ? default_threads() : text::parse_number(raw.threads, "--threads", 1, kMostThreads);
  options.ttl = whole_seconds(raw.ttl, "--ttl", kShortestTtl, kLongestTtl);
  options.retain =
      raw.retain.empty() ? options.ttl : whole_seconds(raw.retain, "--retain", options.ttl, kLongestRetain);
  options.doubt_at_start =
      one_of<DoubtAtStart>(raw.doubt_at_start, "--doubt-at-start",
                           {{"auto", DoubtAtStart::kAuto}, {"yes", DoubtAtStart::kYes}, {"no", DoubtAtStart::kNo}});
  options.store = check_store_options(raw.store);
  options.coalesce = check_coalesce_option(raw.store.coalesce, options.store, options.ttl);
  if (auto* const redis = std::get_if<redis::Config>(&options.store)) {
    redis->trusts_first_data = options.doubt_at_start == DoubtAtStart::kNo;
  }
  options.create_table = raw.create_table;
  if (options.create_table && !std::holds_alternative<dynamo::Config>(options.store)) {
    throw std::invalid_argument("--create-table needs --store dynamodb://...");
  }
  const auto* const upstream = std::get_if<UpstreamOptions>(&options.store);
  const bool is_sidecar = upstream != nullptr;
  if (is_sidecar) refuse_own_addresses(*upstream, options.listen);
  if (is_sidecar && options.doubt_at_start == DoubtAtStart::kYes) {
    throw std::invalid_argument("--doubt-at-start yes is for the servers upstream; allowed with --upstream: auto, no");
  }
  options.max_connections = text::parse_number(raw.max_connections, "--max-connections", 1, kMostConnections);
  options.max_users = max_users(raw.max_users, options.coalesce.count() != 0);
  options.max_held_bytes = max_held_bytes();
  options.sweep_cpu_percent = static_cast<unsigned>(text::parse_number(raw.sweep_cpu, "--sweep-cpu", 1, 100));
  options.idle_timeout = text::of_option("--idle-timeout", raw.idle_timeout, text::parse_duration);
  options.log_format =
      one_of<log::Format>(raw.log_format, "--log-format", {{"text", log::Format::kText}, {"json", log::Format::kJson}});
  options.log_level = one_of<log::Level>(raw.log_level, "--log-level",
                                         {{"trace", log::Level::kTrace},
                                          {"debug", log::Level::kDebug},
                                          {"info", log::Level::kInfo},
                                          {"warn", log::Level::kWarn},
                                          {"error", log::Level::kError},
                                          {"off", log::Level::kOff}});
  return options;
}

// CLI11's messages run over several lines.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::variant<Options, ParseExit> parse_options(int argc, const char* const* argv) {
  Raw raw;
  CLI::App app{"Lastbeat: answers who is online right now.", "lastbeatd"};
  declare(app, raw);
  try {
    app.parse(argc, argv);
    return check(raw);
  } catch (const CLI::Success& done) {
    std::ostringstream text;
    app.exit(done, text, text);
    return ParseExit{.status = 0, .text = text.str()};
  } catch (const CLI::FileError& error) {
    return ParseExit{.status = kFailedToStart,
                     .text = "lastbeatd: cannot read --config: " + one_line(error.what()) + "\n"};
  } catch (const CLI::ConfigError& error) {
    return ParseExit{.status = kBadCommandLine,
                     .text = "lastbeatd: " + explain_config_error(one_line(error.what())) + "\n"};
  } catch (const CLI::ParseError& error) {
    return ParseExit{.status = kBadCommandLine,
                     .text = "lastbeatd: " + one_line(error.what()) + "; `lastbeatd --help` lists what is allowed\n"};
  } catch (const std::invalid_argument& error) {
    return ParseExit{.status = kBadCommandLine, .text = "lastbeatd: " + std::string{error.what()} + "\n"};
  }
}

}  // namespace lastbeat
