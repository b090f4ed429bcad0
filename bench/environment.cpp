#include "bench/environment.hpp"

#include <sys/resource.h>

#include <build_info.hpp>
#include <csignal>
#include <fstream>
#include <ostream>
#include <thread>

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

}  // namespace

void write_environment(text::JsonWriter& json, const std::string& command) {
  json.key("command").value(command).key("commit").value(kCommit).key("build").value(kBuildType);
  json.key("cpu").value(cpu_model()).key("cores").value(std::uint64_t{std::thread::hardware_concurrency()});
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
