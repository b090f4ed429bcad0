// Loads against the real servers.
#include "bench/load.hpp"

#include <charconv>
#include <sstream>

#include "bench/question.hpp"
#include "e2e/peer_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using lastbeat::test::Daemon;
using lastbeat::test::PeerServer;
using lastbeat::test::run;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kUsers = 5;  // few: each of them is met, however slow the machine is

LoadOptions load_of(Protocol protocol, const text::Endpoint& target) {
  LoadOptions options;
  options.protocol = protocol;
  options.target = target;
  options.workload.users = kUsers;
  options.connections = 3;
  options.pipeline = 10;
  options.duration = 500ms;
  return options;
}

LoadOutcome measure(const LoadOptions& options) {
  std::ostringstream progress;
  return measure_load(options, progress);
}

std::string ask_line(const text::Endpoint& server, std::string_view request) {
  const auto answer = ask(server, request, [](std::string_view text) { return text.ends_with("\r\n"); });
  return answer ? answer->text : "no answer";
}

void check_usage(const LoadOutcome& outcome) {
  REQUIRE(outcome.before.has_value());
  REQUIRE(outcome.after.has_value());
  CHECK(outcome.after->cpu >= outcome.before->cpu);
  CHECK(outcome.after->cpu > 0us);
  CHECK(outcome.after->rss_bytes.value_or(0) > 500'000);
}

}  // namespace

TEST_CASE("a load on Redis writes keys that live for thirty seconds, and reads them") {
  const PeerServer redis{Protocol::kRedis};
  const auto batch = GENERATE(1U, 7U);
  LoadOptions options = load_of(Protocol::kRedis, GENERATE(true, false) ? redis.tcp() : redis.unix_socket());
  options.workload.batch = batch;
  options.workload.heartbeat_percent = 50;
  const LoadOutcome outcome = measure(options);
  CAPTURE(outcome.messages);
  CHECK(outcome.errors == 0);
  CHECK(outcome.operations > 0);
  CHECK(outcome.operations % batch == 0);
  CHECK(outcome.latency_ns.total() == outcome.operations);
  check_usage(outcome);
  static_assert(kUsers == 5);
  CHECK(ask_line(redis.tcp(), "DBSIZE\r\n") == ":5\r\n");
  const std::string ttl = ask_line(redis.tcp(), "TTL presence:0\r\n");
  int seconds = 0;
  std::from_chars(ttl.data() + 1, ttl.data() + ttl.size(), seconds);
  CHECK(seconds > 0);
  CHECK(seconds <= 30);
}

TEST_CASE("a load on memcached writes items that live for thirty seconds, and reads them") {
  const PeerServer memcached{Protocol::kMemcache};
  const auto batch = GENERATE(1U, 7U);
  LoadOptions options = load_of(Protocol::kMemcache, memcached.tcp());
  options.workload.batch = batch;
  options.workload.heartbeat_percent = 50;
  const LoadOutcome outcome = measure(options);
  CAPTURE(outcome.messages);
  CHECK(outcome.errors == 0);
  CHECK(outcome.operations > 0);
  CHECK(outcome.operations % batch == 0);
  check_usage(outcome);
  // The time left, and the size of the value.
  const std::string item = ask_line(memcached.tcp(), "mg presence:0 t s\r\n");
  CAPTURE(item);
  REQUIRE(item.starts_with("HD t"));
  int seconds = 0;
  std::from_chars(item.data() + 4, item.data() + item.size(), seconds);
  CHECK(seconds > 0);
  CHECK(seconds <= 30);
  CHECK(item.find(" s1\r\n") != std::string::npos);
}

TEST_CASE("a load of statuses finds nobody on a server that has heard of nobody") {
  const PeerServer server{GENERATE(Protocol::kRedis, Protocol::kMemcache)};
  LoadOptions options = load_of(server.protocol(), server.tcp());
  options.workload.batch = GENERATE(1U, 1000U);
  options.workload.heartbeat_percent = 0;
  const LoadOutcome outcome = measure(options);
  CAPTURE(outcome.messages);
  CHECK(outcome.errors == 0);
  CHECK(outcome.operations > 0);
}

TEST_CASE("the same load runs on lastbeatd, at a rate too") {
  const Daemon daemon;
  LoadOptions options = load_of(Protocol::kLastbeat, text::parse_endpoint(daemon.address()));
  options.workload.distribution = Distribution::kZipf;
  options.rate = 500;
  const LoadOutcome outcome = measure(options);
  CHECK(outcome.errors == 0);
  CHECK(outcome.operations > 0);
  check_usage(outcome);
}

TEST_CASE("errors of a server are counted, with its own words") {
  SECTION("a Redis without memory") {
    const PeerServer redis{Protocol::kRedis, {"--maxmemory", "1", "--maxmemory-policy", "noeviction"}};
    LoadOptions options = load_of(Protocol::kRedis, redis.tcp());
    options.workload.heartbeat_percent = 100;
    options.workload.batch = GENERATE(1U, 7U);
    const LoadOutcome outcome = measure(options);
    CHECK(outcome.errors > 0);
    CHECK(outcome.operations == 0);
    REQUIRE(outcome.messages.size() == 1);
    CHECK(outcome.messages.begin()->first.starts_with("OOM command not allowed"));
  }
  SECTION("a Redis that wants a password") {
    const PeerServer redis{Protocol::kRedis, {"--requirepass", "secret"}};
    LoadOptions options = load_of(Protocol::kRedis, redis.tcp());
    options.workload.heartbeat_percent = 0;
    options.workload.batch = GENERATE(1U, 7U);
    const LoadOutcome outcome = measure(options);
    CHECK(outcome.errors > 0);
    CHECK(outcome.errors % options.workload.batch == 0);
    CHECK(outcome.operations == 0);
    CHECK(outcome.messages.begin()->first.starts_with("NOAUTH"));
    CHECK_FALSE(outcome.after.has_value());
  }
  SECTION("a memcached without memory, to quiet commands") {
    const PeerServer memcached{Protocol::kMemcache, {"-M", "-m", "8"}};
    LoadOptions options = load_of(Protocol::kMemcache, memcached.tcp());
    options.workload.users = 10'000'000;
    options.workload.heartbeat_percent = 100;
    options.workload.batch = 1000;
    options.duration = 5s;
    const LoadOutcome outcome = measure(options);
    CHECK(outcome.errors > 0);
    CHECK(outcome.messages.begin()->first.find("out of memory") != std::string::npos);
  }
}

TEST_CASE("a load on a server that speaks something else says what it heard") {
  const PeerServer memcached{Protocol::kMemcache};
  const std::string address = text::to_string(memcached.tcp());
  const auto as_redis = run("lastbeat-bench", {"load", "--target", "redis://" + address, "--connections", "1"});
  CAPTURE(as_redis.output);
  CHECK(as_redis.status == 1);
  CHECK(as_redis.output.find("the server sent 'ERROR' instead of ") != std::string::npos);
}

TEST_CASE("a load that cannot start says why") {
  const auto nobody = run("lastbeat-bench", {"load", "--target", "redis://127.0.0.1:1"});
  CHECK(nobody.status == 1);
  CHECK(nobody.output.find("cannot connect to 127.0.0.1:1: ") != std::string::npos);
  const Daemon daemon;
  const auto nowhere = run("lastbeat-bench", {"load", "--target", "lastbeat://" + daemon.address(), "--cpus", "1023"});
  CHECK(nowhere.status == 1);
  CHECK(nowhere.output.find("cannot run on processors 1023") != std::string::npos);
}
