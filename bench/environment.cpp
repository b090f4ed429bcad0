#include "bench/environment.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <build_info.hpp>
#include <charconv>
#include <csignal>
#include <fstream>
#include <ostream>
#include <thread>

#include "lastbeat/client.hpp"

namespace lastbeat::bench {
namespace {

volatile std::sig_atomic_t interrupted = 0;

std::string cpu_model() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::chrono::microseconds to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

void write_environment(text::JsonWriter& json, const std::string& command) {
  json.key("command").value(command).key("commit").value(kCommit).key("build").value(kBuildType);
  json.key("cpu").value(cpu_model()).key("cores").value(std::uint64_t{std::thread::hardware_concurrency()});
}

std::chrono::microseconds cpu_used() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return to_duration(usage.ru_utime) + to_duration(usage.ru_stime);
}

std::optional<ServerUsage> find_usage(std::span<const std::pair<std::string, std::string>> stats) {
  const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto line = std::find_if(stats.begin(), stats.end(), [&](const auto& entry) { return entry.first == name; });
    if (line == stats.end()) return std::nullopt;
    const std::string& text = line->second;
    std::uint64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto rss = number("rss_bytes");
  const auto cpu = number("cpu_us");
  if (!rss || !cpu) return std::nullopt;
  return ServerUsage{.rss_bytes = *rss, .cpu = std::chrono::microseconds{*cpu}};
}

std::optional<ServerUsage> ask_server_usage(const std::string& address) {
  Client client{{.server = address, .connect_attempts = 1}};
  const auto stats = client.stats();
  if (!stats) return std::nullopt;
  return find_usage(stats.value());
}

void allow_many_connections() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool is_interrupted() {
  static const auto installed = std::signal(SIGINT, [](int) { interrupted = 1; });
  static_cast<void>(installed);
  return interrupted != 0;
}

bool save_json(const std::string& document, const std::string& path, std::ostream& out, std::ostream& errors) {
  if (path.empty()) return true;
  if (path == "-") {
    out << document << '\n';
    return true;
  }
  std::ofstream file{path};
  file << document << '\n';
  file.close();
  if (file) return true;
  errors << "lastbeat-bench: cannot write " << path << '\n';
  return false;
}

}  // namespace lastbeat::bench
