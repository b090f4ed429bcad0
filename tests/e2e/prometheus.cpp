#include "e2e/prometheus.hpp"

#include <array>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "e2e/free_port.hpp"

namespace lastbeat::test {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kPause{50};

std::string configuration(const std::string& target) {
  return "global: { scrape_interval: 100ms, scrape_timeout: 100ms, evaluation_interval: 100ms }\n"
         "rule_files: [ \"" LASTBEAT_SOURCE_DIR
         "/docs/monitoring/alerts.yml\" ]\n"
         "scrape_configs: [ { job_name: lastbeat, static_configs: [ { targets: [ \"" +
         target + "\" ] } ] } ]\n";
}

}  // namespace

Prometheus::Prometheus(const std::string& target) {
  const std::string file = folder_.file("prometheus.yml");
  std::ofstream{file} << configuration(target);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    // The port may be gone again before the server has it: it ends then, and the next one tries another.
    if (!process_ || !process_->is_running()) {
      address_ = "127.0.0.1:" + std::to_string(free_port());
      process_ = std::make_unique<Process>(
          "prometheus", std::vector<std::string>{"--config.file=" + file, "--storage.tsdb.path=" + folder_.file("data"),
                                                 "--web.listen-address=" + address_, "--log.level=error"});
    }
    if (is_ours()) return;
    std::this_thread::sleep_for(kPause);
  }
  process_.reset();
  throw std::runtime_error("prometheus does not start");
}

// Not another one that was quicker to take the port.
bool Prometheus::is_ours() const {
  const json flags = ask("/api/v1/status/flags");
  return flags.is_object() && flags["data"]["storage.tsdb.path"] == folder_.file("data") &&
         run("curl", {"-sf", "--max-time", "10", "http://" + address_ + "/-/ready"}).status == 0;
}

json Prometheus::ask(const std::string& path) const {
  const Finished answer = run("curl", {"-s", "--max-time", "60", "http://" + address_ + path});
  return json::parse(answer.output, nullptr, false, false);
}

json Prometheus::query(const std::string& expression) const {
  const Finished answer = run("curl", {"-s", "--max-time", "60", "-G", "--data-urlencode", "query=" + expression,
                                       "http://" + address_ + "/api/v1/query"});
  const json parsed = json::parse(answer.output, nullptr, false);
  if (!parsed.is_object() || parsed["status"] != "success") {
    throw std::runtime_error(expression + " gives " + answer.output);
  }
  return parsed["data"]["result"];
}

std::string Prometheus::query_until(const std::string& expression, const std::string& expected) const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string number;
  do {
    const json result = query(expression);
    number = result.size() == 1 ? result[0]["value"][1].get<std::string>() : "not one number: " + result.dump();
    if (number == expected) break;
    std::this_thread::sleep_for(kPause);
  } while (std::chrono::steady_clock::now() < deadline);
  return number;
}

}  // namespace lastbeat::test
