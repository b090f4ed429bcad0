// GET /metrics. What Prometheus itself makes of it is in tests/e2e/metrics_test.cpp.
#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "metrics/prometheus_text.hpp"
#include "server/net/http/http_client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::TestServer;
using lastbeat::test::TestServerConfig;

namespace {

TestServerConfig config_with_metrics() {
  TestServerConfig config = http_config();
  config.metrics = [](const Report& report) {
    return prometheus_text(report, {.version = "1", .commit = "2", .build_type = "3"});
  };
  return config;
}

std::string document() {
  std::ifstream file{LASTBEAT_SOURCE_DIR "/docs/operations.md"};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Of "# TYPE name kind": the metrics of a text.
std::set<std::string> metrics_of(const std::string& text) {
  std::set<std::string> names;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_match(line, match, std::regex{"# TYPE ([a-z_]+) [a-z]+"})) names.insert(match[1]);
  }
  return names;
}

}  // namespace

TEST_CASE("GET /metrics tells in Prometheus' format what has happened") {
  TestServer server{config_with_metrics()};
  HttpClient client{server.address(1)};
  REQUIRE(client.ask("POST", "/heartbeats", R"({"user_ids":[1,2,3]})").status == 200);
  const HttpReply reply = client.ask("GET", "/metrics");
  CHECK(reply.status == 200);
  CHECK(reply.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CAPTURE(reply.body);
  CHECK(reply.body.ends_with("\n"));
  CHECK_FALSE(reply.body.ends_with("\n\n"));
  for (const char* line : {"lastbeat_operations_total{protocol=\"http\",kind=\"heartbeat\"} 3",
                           "lastbeat_operations_total{protocol=\"binary\",kind=\"heartbeat\"} 0",
                           "lastbeat_requests_total{protocol=\"http\",kind=\"heartbeat\"} 1", "lastbeat_online_users 3",
                           "lastbeat_turn_duration_seconds_count{protocol=\"http\"} 1"}) {
    CAPTURE(line);
    const auto lines = lines_of(reply.body);
    CHECK(std::find(lines.begin(), lines.end(), line) != lines.end());
  }
  client.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(client.receive(true).header("content-type").starts_with("text/plain"));
}

TEST_CASE("a server without metrics says so, and errors of /metrics are JSON") {
  TestServer without{http_config()};
  HttpClient client{without.address(1)};
  CHECK(client.ask("GET", "/metrics").error_code() == "not_implemented");
  TestServer with{config_with_metrics()};
  HttpClient other{with.address(1)};
  const HttpReply reply = other.ask("POST", "/metrics", "{}");
  CHECK(reply.status == 405);
  CHECK(reply.header("content-type") == "application/json");
}

TEST_CASE("docs/operations.md explains every metric, and no other") {
  TestServer server{config_with_metrics()};
  HttpClient client{server.address(1)};
  const std::set<std::string> served = metrics_of(client.ask("GET", "/metrics").body);
  CHECK(served.size() > 30);
  const std::string text = document();
  std::set<std::string> explained;
  const std::regex row{R"(\n\| `((?:lastbeat|process)_[a-z_]+)(?:\{[a-z_,]+\})?` \|)"};
  for (std::sregex_iterator match{text.begin(), text.end(), row}, end; match != end; ++match) {
    explained.insert((*match)[1]);
  }
  CHECK(explained == served);
}
