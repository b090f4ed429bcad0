// Three servers as nodes: the command over them, and a checked load while one is killed and comes back.
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/restarting_daemon.hpp"
#include "support/catch.hpp"

using lastbeat::test::Process;
using lastbeat::test::RestartingDaemon;
using lastbeat::test::run;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kUsers = 60;

template <std::size_t kNodes>
std::string list_of(const std::array<RestartingDaemon, kNodes>& nodes, std::size_t count = kNodes) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) {
    list.append(i == 0 ? "" : ",").append(1, static_cast<char>('a' + i)).append("=").append(nodes[i].address());
  }
  return list;
}

// `lastbeat COMMAND 0 1 2 ...`, over the nodes.
lastbeat::test::Finished about_users(const std::string& list, const std::string& replicas, const std::string& command) {
  std::vector<std::string> arguments{"--server", list, "--replicas", replicas, command};
  for (std::size_t user = 0; user < kUsers; ++user) arguments.push_back(std::to_string(user));
  return run("lastbeat", arguments);
}

std::size_t count(const std::string& output, const std::string& text) {
  std::size_t found = 0;
  for (auto at = output.find(text); at != std::string::npos; at = output.find(text, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the command works on several nodes as on one server") {
  const std::array<RestartingDaemon, 3> nodes;
  const std::string list = list_of(nodes);
  const std::string replicas = GENERATE("1", "2");
  CHECK(about_users(list, replicas, "heartbeat").output == "ok\n");
  const auto statuses = about_users(list, replicas, "status");
  CHECK(statuses.status == 0);
  CHECK(count(statuses.output, " online ") == kUsers);
  CHECK(statuses.output.starts_with("0 online"));
  CHECK(run("lastbeat", {"--server", list, "--replicas", replicas, "count"}).output == "60\n");
  CHECK(count(run("lastbeat", {"--server", list, "--replicas", replicas, "online"}).output, "\n") == kUsers);
  CHECK(run("lastbeat", {"--server", list, "ping"}).output.starts_with("pong "));
  const auto stats = run("lastbeat", {"--server", list, "stats"});
  for (const char* entries : {"a/entries ", "b/entries ", "c/entries "}) {
    CHECK(stats.output.find(entries) != std::string::npos);
  }
  CHECK(about_users(list, replicas, "leave").output == "ok\n");
  CHECK(count(about_users(list, replicas, "status").output, " offline left ") == kUsers);
}

TEST_CASE("with one copy, a node that is killed is an error of the command for its users only") {
  std::array<RestartingDaemon, 3> nodes;
  const std::string list = list_of(nodes);
  REQUIRE(about_users(list, "1", "heartbeat").status == 0);
  nodes[1].kill();
  const auto statuses = about_users(list, "1", "status");
  CAPTURE(statuses.output);
  CHECK(statuses.status == 1);
  const std::size_t unknown = count(statuses.output, " unknown\n");
  CHECK(unknown > 0);
  CHECK(unknown < kUsers);
  CHECK(count(statuses.output, " online ") == kUsers - unknown);
  CHECK(statuses.output.find(std::to_string(unknown) + " of 60 users are unknown because no node of theirs answers") !=
        std::string::npos);
  const auto told = about_users(list, "1", "heartbeat");
  CAPTURE(told.output);
  CHECK(told.status == 1);
  CHECK(told.output.find("not told of " + std::to_string(unknown) + " of 60 users") != std::string::npos);
  const auto counted = run("lastbeat", {"--server", list, "count"});
  CAPTURE(counted.output);
  CHECK(counted.status == 1);
  CHECK(counted.output.find("lastbeat: node b is left out: ") != std::string::npos);
  CHECK(counted.output.ends_with(std::to_string(kUsers - unknown) + "\n"));
  const auto pinged = run("lastbeat", {"--server", list, "ping"});
  CHECK(pinged.status == 1);
  CHECK(pinged.output.find("pong ") != std::string::npos);
  CHECK(pinged.output.find("node b is left out") != std::string::npos);
}

TEST_CASE("with two copies, the command does not notice that a node is killed, nor that it comes back empty") {
  std::array<RestartingDaemon, 3> nodes;
  const std::string list = list_of(nodes);
  REQUIRE(about_users(list, "2", "heartbeat").status == 0);
  nodes[1].kill();
  CHECK(count(about_users(list, "2", "status").output, " online ") == kUsers);
  CHECK(about_users(list, "2", "heartbeat").output == "ok\n");
  nodes[1].start({"--doubt-at-start", "yes"});
  const auto statuses = about_users(list, "2", "status");
  CHECK(statuses.status == 0);
  CHECK(count(statuses.output, " online ") == kUsers);
}

TEST_CASE(
    "a checked load over three nodes finds no wrong answer while one is killed and comes back, nor when one is added") {
  const std::vector<std::string> ttl{"--ttl", "2s"};
  std::array nodes{RestartingDaemon{ttl}, RestartingDaemon{ttl}, RestartingDaemon{ttl}, RestartingDaemon{ttl}};
  const std::string replicas = GENERATE("1", "2");
  Process check{"lastbeat-bench",
                {"check", "--server", list_of(nodes, 3), "--replicas", replicas, "--users", "2000", "--silent", "10%",
                 "--later", "3s:" + list_of(nodes), "--duration", "7s", "--json", "-"}};
  check.read_until("answers");
  nodes[1].kill();
  std::this_thread::sleep_for(700ms);  // without it
  nodes[1].start({"--doubt-at-start", "yes"});
  const int status = check.wait();
  CAPTURE(check.output());
  CHECK(check.output().find("\"wrong\":0,") != std::string::npos);
  CHECK(check.output().find("\"answers\":0,") == std::string::npos);
  if (replicas == "2") {
    CHECK(status == 0);
  } else {
    CHECK(status == 1);
    CHECK(check.output().find("\"errors\":0,") == std::string::npos);
  }
}
