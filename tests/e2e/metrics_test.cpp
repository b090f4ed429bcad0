// The metrics of a real server, as Prometheus itself sees them.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "e2e/process.hpp"
#include "e2e/prometheus.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::Prometheus;
using lastbeat::test::run;

TEST_CASE("promtool finds nothing wrong with the metrics") {
  Daemon daemon;
  REQUIRE(daemon.lastbeat({"heartbeat", "1", "2"}).status == 0);
  const Finished checked =
      run("sh", {"-c", "curl -sf http://" + daemon.http_address() + "/metrics | promtool check metrics"});
  CAPTURE(checked.output);
  CHECK(checked.status == 0);
  CHECK(checked.output.empty());
}

TEST_CASE("a Prometheus scrapes the server and sees values move") {
  Daemon daemon;
  const Prometheus prometheus{daemon.http_address()};
  CHECK(prometheus.query_until("up{job=\"lastbeat\"}", "1") == "1");
  const std::string heartbeats = R"(lastbeat_operations_total{protocol="binary",kind="heartbeat"})";
  CHECK(prometheus.query_until(heartbeats, "0") == "0");
  REQUIRE(daemon.lastbeat({"heartbeat", "1"}).status == 0);
  CHECK(prometheus.query_until(heartbeats, "1") == "1");
  REQUIRE(daemon.lastbeat({"heartbeat", "2", "3"}).status == 0);
  CHECK(prometheus.query_until(heartbeats, "3") == "3");
  CHECK(prometheus.query_until("lastbeat_online_users", "3") == "3");
  REQUIRE(daemon.lastbeat({"leave", "2"}).status == 0);
  CHECK(prometheus.query_until("lastbeat_online_users", "2") == "2");
  // Of the three turns that the commands above were, and of scrapes.
  CHECK(prometheus.query_until(R"(lastbeat_turn_duration_seconds_count{protocol="binary"} >= bool 3)", "1") == "1");
  CHECK(prometheus.query_until(
            R"(histogram_quantile(0.5, lastbeat_turn_duration_seconds_bucket{protocol="http"}) > bool 0)", "1") == "1");
  CHECK(prometheus.query_until("process_resident_memory_bytes > bool 1000000", "1") == "1");
  CHECK(prometheus.query_until("abs(process_start_time_seconds - time()) < bool 600", "1") == "1");
}

TEST_CASE("promtool takes the alert rules, and their own tests pass") {
  const std::string folder = LASTBEAT_SOURCE_DIR "/docs/monitoring/";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"check", "rules", folder + "alerts.yml"},
        std::vector<std::string>{"test", "rules", folder + "alerts_test.yml"},
        std::vector<std::string>{"check", "config", folder + "prometheus.yml"}}) {
    const Finished checked = run("promtool", arguments);
    CAPTURE(checked.output);
    CHECK(checked.status == 0);
    CHECK(checked.output.find("SUCCESS") != std::string::npos);
  }
}
