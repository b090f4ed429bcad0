#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "e2e/process.hpp"
#include "e2e/shared_session.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::run;
using namespace std::chrono_literals;

TEST_CASE("a first session: offline, a heartbeat, online, a leave, offline") {
  Daemon daemon;
  CHECK(daemon.lastbeat({"status", "42"}).output == "42 offline\n");
  const Finished sent = daemon.lastbeat({"heartbeat", "42", "0", "18446744073709551615"});
  CHECK(sent.status == 0);
  CHECK(sent.output == "ok\n");
  const std::string online = daemon.lastbeat({"status", "42", "0", "18446744073709551615", "7"}).output;
  CHECK(online.find("42 online ") == 0);
  CHECK(online.find("\n0 online ") != std::string::npos);
  CHECK(online.find("\n18446744073709551615 online ") != std::string::npos);
  CHECK(online.find("\n7 offline\n") != std::string::npos);
  CHECK(daemon.lastbeat({"count"}).output == "3\n");
  CHECK(daemon.lastbeat({"leave", "42"}).output == "ok\n");
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 offline left "));
  CHECK(daemon.lastbeat({"online"}).output.size() == std::string{"0\n18446744073709551615\n"}.size());
  CHECK(daemon.lastbeat({"ping"}).output.starts_with("pong "));
  CHECK(daemon.lastbeat({"stats"}).output.find("\nonline 2\n") != std::string::npos);
}

TEST_CASE("the session of every store, over the one in memory") {
  const Daemon server{lastbeat::test::patient({})};
  lastbeat::test::check_shared_session(server, server);
}

TEST_CASE("silence makes offline, and the memory of it goes") {
  Daemon daemon{{"--ttl", "1s"}};
  REQUIRE(daemon.lastbeat({"heartbeat", "42"}).status == 0);
  // Offline after a second, and forgotten, its age with it, by the pass after that.
  CHECK(daemon.status_until("42", "42 offline\n") == "42 offline\n");
  CHECK(daemon.lastbeat({"count"}).output == "0\n");
}

TEST_CASE("a server that was stopped for two seconds answers unknown, not offline, until it can know") {
  Daemon daemon{{"--ttl", "2s"}};
  REQUIRE(daemon.lastbeat({"heartbeat", "42"}).status == 0);
  daemon.process().signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds{4100});
  daemon.process().signal(SIGCONT);
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 unknown"));
  CHECK(daemon.status_until("42", "42 offline").starts_with("42 offline"));
}

TEST_CASE("with doubt at the start the first answer is unknown") {
  Daemon daemon{{"--doubt-at-start", "yes"}};
  CHECK(daemon.lastbeat({"status", "42"}).output == "42 unknown\n");
  REQUIRE(daemon.lastbeat({"heartbeat", "42"}).status == 0);
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 online"));
}

TEST_CASE("a unix socket serves as well") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("lastbeat-e2e-" + std::to_string(::getpid()) + ".sock")).string();
  Daemon daemon{{"--listen", "unix:" + path}};
  CHECK(run("lastbeat", {"--server", "unix:" + path, "heartbeat", "42"}).output == "ok\n");
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 online"));
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("what cannot start says why and exits with 1, a bad command line with 2") {
  Daemon daemon;
  const Finished taken = run("lastbeatd", {"--listen", daemon.address()});
  CHECK(taken.status == 1);
  CHECK(taken.output.find("cannot listen on " + daemon.address()) != std::string::npos);
  CHECK(run("lastbeatd", {"--config", "/nonexistent/file"}).status == 1);
  CHECK(run("lastbeatd", {"--ttl", "soon"}).status == 2);
  CHECK(run("lastbeatd", {"--listen", "0.0.0.0:0"}).status == 2);
  CHECK(run("lastbeat", {"status", "-1"}).status == 2);
  CHECK(run("lastbeat-bench", {"load", "--what"}).status == 2);
  CHECK(run("lastbeat", {"--server", "127.0.0.1:1", "count"}).status == 1);
}

TEST_CASE("full servers refuse new users with an error and a status of 1") {
  Daemon daemon{{"--max-users", "1"}};
  REQUIRE(daemon.lastbeat({"heartbeat", "1"}).status == 0);
  const Finished refused = daemon.lastbeat({"heartbeat", "1", "2"});
  CHECK(refused.status == 1);
  CHECK(refused.output.find("1 of 2 users refused") != std::string::npos);
}
