// The dashboard and the alerts of docs/monitoring ask for what the server has.
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/prometheus.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Prometheus;
using lastbeat::test::run;
using nlohmann::json;

namespace {

constexpr const char* kDashboard = LASTBEAT_SOURCE_DIR "/docs/monitoring/grafana-dashboard.json";
constexpr const char* kAlerts = LASTBEAT_SOURCE_DIR "/docs/monitoring/alerts.yml";

std::string content_of(const char* path) {
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The names of metrics in a text, which are those with our prefixes.
std::set<std::string> metrics_in(const std::string& text) {
  std::set<std::string> names;
  const std::regex name{R"(\b(lastbeat|process)_[a-z_]+)"};
  for (std::sregex_iterator match{text.begin(), text.end(), name}, end; match != end; ++match) {
    names.insert(match->str());
  }
  return names;
}

// What stands before a value on every line of the server's metrics, without labels.
std::set<std::string> exported(const Daemon& daemon) {
  std::istringstream lines{run("curl", {"-sf", "http://" + daemon.http_address() + "/metrics"}).output};
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) names.insert(line.substr(0, line.find_first_of("{ ")));
  }
  return names;
}

// The expressions of all panels and annotations, with Grafana's variables filled in.
std::vector<std::string> expressions_of(const json& dashboard) {
  std::vector<std::string> expressions;
  const auto add = [&](std::string expression) {
    expression = std::regex_replace(expression, std::regex{R"(\$__rate_interval)"}, "1m");
    expression = std::regex_replace(expression, std::regex{R"(\$job)"}, "lastbeat");
    expressions.push_back(std::regex_replace(expression, std::regex{R"(\$instance)"}, ".*"));
  };
  for (const json& panel : dashboard["panels"]) {
    if (!panel.contains("targets")) continue;
    for (const json& target : panel["targets"]) add(target["expr"]);
  }
  for (const json& annotation : dashboard["annotations"]["list"]) add(annotation["expr"]);
  return expressions;
}

}  // namespace

TEST_CASE("the dashboard and the alerts name only metrics that the server has") {
  const Daemon daemon;
  const std::set<std::string> served = exported(daemon);
  for (const char* path : {kDashboard, kAlerts}) {
    CAPTURE(path);
    const std::set<std::string> named = metrics_in(content_of(path));
    CHECK(named.size() > 10);
    for (const std::string& name : named) {
      CAPTURE(name);
      CHECK(served.contains(name));
    }
  }
}

TEST_CASE("Prometheus understands every expression of the dashboard and has something to show for it") {
  Daemon daemon;
  REQUIRE(daemon.lastbeat({"heartbeat", "1", "2"}).status == 0);
  const Prometheus prometheus{daemon.http_address()};
  // Rates need two scrapes.
  REQUIRE(prometheus.query_until("count_over_time(lastbeat_uptime_seconds[1m]) >= bool 3", "1") == "1");
  const json dashboard = json::parse(content_of(kDashboard));
  const std::vector<std::string> expressions = expressions_of(dashboard);
  CHECK(expressions.size() > 30);
  for (const std::string& expression : expressions) {
    CAPTURE(expression);
    CHECK(expression.find('$') == std::string::npos);
    const json result = prometheus.query(expression);
    const bool tells_of_starts = expression.starts_with("changes(");
    CHECK((tells_of_starts || !result.empty()));
  }
}

TEST_CASE("the dashboard is one that Grafana can import") {
  const json dashboard = json::parse(content_of(kDashboard));
  CHECK(dashboard["title"] == "Lastbeat");
  std::set<int> ids;
  std::set<std::pair<int, int>> places;
  for (const json& panel : dashboard["panels"]) {
    CAPTURE(panel["title"]);
    CHECK(ids.insert(panel["id"].get<int>()).second);
    const json& place = panel["gridPos"];
    CHECK(place["x"].get<int>() + place["w"].get<int>() <= 24);
    CHECK(places.emplace(place["x"].get<int>(), place["y"].get<int>()).second);
  }
}

TEST_CASE("Prometheus evaluates every alert, and none fires for a healthy server but that it is new") {
  Daemon daemon;
  REQUIRE(daemon.lastbeat({"heartbeat", "1"}).status == 0);
  const Prometheus prometheus{daemon.http_address()};
  CHECK(prometheus.query_until("ALERTS{alertname=\"LastbeatRestarted\",alertstate=\"firing\"}", "1") == "1");
  const json groups = prometheus.ask("/api/v1/rules")["data"]["groups"];
  REQUIRE(groups.size() == 1);
  CHECK(groups[0]["rules"].size() > 10);
  for (const json& rule : groups[0]["rules"]) {
    CAPTURE(rule.dump());
    CHECK(rule["health"] == "ok");
    // "pending" may be: nobody beats here any more. It fires when that lasts.
    CHECK((rule["state"] != "firing" || rule["name"] == "LastbeatRestarted"));
  }
}
