// Whole comparisons, as people run them: lastbeat-bench with real servers and durations that are far too short.
#include "compare/compare_run.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "compare/child_process.hpp"
#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::minutes kPatience{2};

ChildProcess start(std::vector<std::string> arguments) {
  for (const char* argument : {"--seconds", "0.05", "--users", "1000", "--crowd", "20000", "--settle", "0"})
    arguments.emplace_back(argument);
  arguments.insert(arguments.begin(), "compare");
  return ChildProcess{
      {.program = std::string{LASTBEAT_BIN_DIR} + "/lastbeat-bench", .arguments = arguments, .cpu = {}}};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

std::vector<pid_t> children_of(pid_t process) {
  const std::string number = std::to_string(process);
  std::istringstream list{read("/proc/" + number + "/task/" + number + "/children")};
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

// Whoever adopts a dead process may take its time to bury it.
bool has_ended(pid_t process) {
  const std::string stat = read("/proc/" + std::to_string(process) + "/stat");
  return stat.empty() || has(stat, ") Z ");
}

// A comparison that would go on for long, in its first round or later.
ChildProcess start_long() {
  ChildProcess child = start({"--repeats", "1000", "--scenarios", "single"});
  REQUIRE(comes_true([&] { return !child.is_running() || has(child.output(), "round 1, lastbeat"); }));
  CAPTURE(child.output());
  REQUIRE(child.is_running());
  return child;
}

}  // namespace

TEST_CASE("every scenario runs on every server and nothing fails") {
  const std::string json_path =
      (std::filesystem::temp_directory_path() / ("lastbeat-compare-" + std::to_string(::getpid()) + ".json")).string();
  ChildProcess child = start({"--repeats", "1", "--memory-users", "1000,5000", "--idle-connections", "20", "--valkey",
                              "none", "--json", json_path});
  const auto status = child.wait(kPatience);
  const std::string output = child.output();
  const std::string json = read(json_path);
  std::filesystem::remove(json_path);
  CAPTURE(output, json);
  CHECK(status == 0);
  for (const char* server : {"lastbeat", "redis", "memcached"}) {
    CAPTURE(server);
    for (const char* scenario : {"single", "pipelined", "batches", "mixed", "latency"}) {
      CAPTURE(scenario);
      CHECK(has(output, std::string{scenario} + ", round 1, " + server));
    }
    CHECK(has(output, std::string{"bytes a user, 5000, "} + server));
    CHECK(has(output, std::string{"bytes an idle connection, 20, "} + server));
  }
  CHECK(has(output, "single, round 1, echo"));
  CHECK(has(output, "latency, round 1, echo"));
  CHECK_FALSE(has(output, "pipelined, round 1, echo"));
  CHECK(has(output, "latency, round 1, crowded"));
  CHECK_FALSE(has(output, "mixed, round 1, crowded"));
  CHECK(has(output, "valkey: left out, as asked"));
  CHECK(has(json, "\"problems\":[]"));
}

TEST_CASE("what SIGINT ends is printed, and the servers end with it") {
  ChildProcess child = start_long();
  const auto servers = children_of(child.id());
  CHECK(servers.size() >= 4);
  ::kill(child.id(), SIGINT);
  CHECK(child.wait(kPatience) == 1);
  CHECK(has(child.output(), "interrupted"));
  CHECK(has(child.output(), "One request at a time"));
  for (const pid_t server : servers) CHECK(has_ended(server));
}

TEST_CASE("servers end with a comparison that is killed") {
  std::vector<pid_t> servers;
  {
    const ChildProcess child = start_long();
    servers = children_of(child.id());
    CHECK(servers.size() >= 4);
  }
  for (const pid_t server : servers) CHECK(comes_true([&] { return has_ended(server); }));
}

TEST_CASE("a comparison that cannot be says why") {
  ChildProcess child = start({"--lastbeatd", "none"});
  CHECK(child.wait(kPatience) == 1);
  CHECK(has(child.output(), "lastbeat: left out, as asked"));
}
