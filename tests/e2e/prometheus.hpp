// A Prometheus of its own, as the system has it installed.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "e2e/process.hpp"
#include "support/temp_folder.hpp"

namespace lastbeat::test {

// Scrapes a lastbeatd as job "lastbeat" ten times a second and evaluates docs/monitoring/alerts.yml as often. Listens
// on a free port of 127.0.0.1; keeps what it stores in a folder that goes with it.
class Prometheus {
 public:
  static constexpr std::chrono::minutes kPatience{1};

  // `target`: the HTTP address of the lastbeatd. Throws when it does not start in time, or is not installed.
  explicit Prometheus(const std::string& target);

  // What its HTTP API answers: `path` such as "/api/v1/rules". A JSON null when it does not answer.
  [[nodiscard]] nlohmann::json ask(const std::string& path) const;
  // The result of an expression, now: a list of {"metric":{...},"value":[time,"number"]}. Throws std::runtime_error
  // with its own words when it refuses the expression.
  [[nodiscard]] nlohmann::json query(const std::string& expression) const;
  // Asks until the expression is one number that is `expected`; the last answer.
  [[nodiscard]] std::string query_until(const std::string& expression, const std::string& expected) const;

 private:
  [[nodiscard]] bool is_ours() const;

  TempFolder folder_{"prometheus"};
  std::string address_;
  std::unique_ptr<Process> process_;
};

}  // namespace lastbeat::test
