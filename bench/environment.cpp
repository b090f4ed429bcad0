#include "bench/environment.hpp"

#include <sys/resource.h>

#include <build_info.hpp>
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

std::optional<ServerUsage> ask_server_usage(const std::string& address) {
  Client client{{.server = address, .connect_attempts = 1}};
  const auto stats = client.stats();
  if (!stats) return std::nullopt;
  ServerUsage usage;
  for (const auto& [name, value] : stats.value()) {
    if (name == "rss_bytes") usage.rss_bytes = std::stoull(value);
    if (name == "cpu_us") usage.cpu = std::chrono::microseconds{std::stoll(value)};
  }
  return usage;
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
