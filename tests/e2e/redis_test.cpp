#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/shared_session.hpp"
#include "server/store/redis/redis_server.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::RedisServer;
using lastbeat::test::run;

namespace {

std::vector<std::string> arguments(const RedisServer& redis, const std::string& ttl) {
  return {"--store",          redis.url(), "--store-at-start", "exit", "--ttl", ttl,
          "--doubt-at-start", "no",        "--store-timeout",  "10s"};  // on a busy machine a second may be too short
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// How often somebody has connected as a server does.
int greetings(const RedisServer& redis) {
  const std::string name = "cmdstat_script|load:calls=";
  const std::string counters = redis.ask({"info", "commandstats"});
  const std::size_t at = counters.find(name);
  return at == std::string::npos ? 0 : std::stoi(counters.substr(at + name.size()));
}

}  // namespace

TEST_CASE("the session of every store, over a Redis that two servers share") {
  const RedisServer redis;
  const auto words = lastbeat::test::patient({"--store", redis.url(), "--store-timeout", "10s"});
  lastbeat::test::check_shared_session(Daemon{words}, Daemon{words});
}

TEST_CASE("two servers share a Redis, and silence makes offline") {
  RedisServer redis;
  Daemon one{arguments(redis, "2s")};
  Daemon two{arguments(redis, "2s")};
  CHECK(two.lastbeat({"status", "42"}).output == "42 offline\n");
  CHECK(one.lastbeat({"heartbeat", "42"}).output == "ok\n");
  CHECK(two.status_until("42", "42 offline\n") == "42 offline\n");
  CHECK(redis.ask({"dbsize"}) == "0");
  CHECK(one.lastbeat({"count"}).status != 0);
}

TEST_CASE("a Redis that two servers share dies and returns, and nobody is said to be offline") {
  RedisServer redis;
  Daemon one{arguments(redis, "5m")};
  Daemon two{arguments(redis, "5m")};
  CHECK(one.lastbeat({"heartbeat", "42"}).output == "ok\n");
  CHECK(two.lastbeat({"status", "42"}).output.starts_with("42 online"));
  CHECK(one.lastbeat({"leave", "44"}).output == "ok\n");
  CHECK(two.lastbeat({"status", "44"}).output.starts_with("44 offline left"));
  redis.kill();
  CHECK(one.lastbeat({"heartbeat", "43"}).output == "ok\n");
  CHECK(one.lastbeat({"status", "43"}).output.starts_with("43 online"));
  CHECK(two.lastbeat({"status", "43"}).output.find("offline") == std::string::npos);
  redis.start();
  CHECK(two.status_until("43", "43 online").starts_with("43 online"));
  CHECK(two.status_until("42", "42 unknown").starts_with("42 unknown"));
}

TEST_CASE("a Redis that refuses writes at every attempt is told of once in a while, and gets them in the end") {
  const RedisServer redis;
  Daemon daemon{arguments(redis, "5m")};
  REQUIRE(redis.ask({"config", "set", "min-replicas-to-write", "1"}) == "OK");
  CHECK(daemon.lastbeat({"heartbeat", "42"}).output == "ok\n");
  constexpr int kAttempts = 6;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (greetings(redis) < kAttempts && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(greetings(redis) >= kAttempts);
  REQUIRE(redis.ask({"config", "set", "min-replicas-to-write", "0"}) == "OK");
  CHECK(daemon.status_until("42", "42 online").starts_with("42 online"));
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CAPTURE(daemon.process().output());
  const std::size_t told = count(daemon.process().output(), "NOREPLICAS");
  CHECK(told >= 1);
  CHECK(told < 3);
}

TEST_CASE("with --coalesce other servers see a first heartbeat and a leave at once, and what is held back at the end") {
  RedisServer redis;
  std::vector<std::string> options = arguments(redis, "5m");
  options.insert(options.end(), {"--coalesce", "2m"});
  auto one = std::make_unique<Daemon>(options);
  Daemon two{options};
  CHECK(one->lastbeat({"heartbeat", "42", "43"}).output == "ok\n");
  CHECK(two.lastbeat({"status", "42"}).output.starts_with("42 online"));
  CHECK(std::stoll(redis.ask({"pttl", "lastbeat:42"})) > 6 * 60'000);  // longer by the window
  CHECK(one->lastbeat({"leave", "42"}).output == "ok\n");
  CHECK(two.lastbeat({"status", "42"}).output.starts_with("42 offline left"));
  CHECK(redis.ask({"del", "lastbeat:43"}) == "1");
  CHECK(one->lastbeat({"heartbeat", "43"}).output == "ok\n");
  CHECK(one->lastbeat({"status", "43"}).output.starts_with("43 online"));
  CHECK(two.lastbeat({"status", "43"}).output == "43 offline\n");
  one->process().signal(SIGTERM);
  CHECK(one->process().wait() == 0);
  CHECK(two.lastbeat({"status", "43"}).output.starts_with("43 online"));
}

TEST_CASE("a server whose Redis does not answer at the start ends if it is told to, and says why") {
  const Finished ended = run("lastbeatd", {"--listen", "127.0.0.1:0", "--http", "off", "--store",
                                           "redis://unix:/nonexistent/redis.sock", "--store-at-start", "exit"});
  CHECK(ended.status == 1);
  CHECK(ended.output.find("cannot use the Redis at unix:/nonexistent/redis.sock: ") != std::string::npos);
}
