#include <csignal>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Process;
using lastbeat::test::run;

TEST_CASE("a checked load finds no wrong answer") {
  Daemon daemon{{"--ttl", "1s"}};
  const auto checked = run("lastbeat-bench", {"check", "--server", daemon.address(), "--users", "2000", "--silent",
                                              "10%", "--ttl", "1s", "--duration", "4s"});
  CAPTURE(checked.output);
  CHECK(checked.status == 0);
  CHECK(checked.output.find(" 0 wrong") != std::string::npos);
}

TEST_CASE("a checked load may open and close connections all the time, and tells what that costs the server") {
  Daemon daemon{{"--ttl", "1s"}};
  const auto checked = run("lastbeat-bench", {"check", "--server", daemon.address(), "--users", "2000", "--silent",
                                              "10%", "--churn", "50", "--duration", "6s", "--json", "-"});
  CAPTURE(checked.output);
  CHECK(checked.status == 0);
  CHECK(checked.output.find("\"wrong\":0,") != std::string::npos);
  CHECK(checked.output.find("\"churned_connections\":0,") == std::string::npos);
  CHECK(checked.output.find("\"samples\":[{\"at_s\":") != std::string::npos);
}

TEST_CASE("a server stops with status 0 while a load is at work, and cuts no reply in half") {
  Daemon daemon;
  Process load{"lastbeat-bench",
               {"load", "--target", "lastbeat://" + daemon.address(), "--connections", "16", "--pipeline", "20",
                "--duration", "60s"}};
  load.read_until("operations/s");
  daemon.process().signal(GENERATE(SIGTERM, SIGINT));
  CHECK(daemon.process().wait() == 0);
  // The load ends too, for it has no connection left; it has heard why.
  CHECK(load.wait() == 1);
  CHECK(load.output().find("shutting down") != std::string::npos);
  CHECK(load.output().find("no Lastbeat frame") == std::string::npos);
}
