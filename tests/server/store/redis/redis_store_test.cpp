#include "redis/redis_store.hpp"

#include <atomic>
#include <charconv>
#include <csignal>
#include <sstream>

#include "log/log.hpp"
#include "server/store/redis/redis_server.hpp"
#include "server/store/redis/subject.hpp"
#include "store/coalescing_store.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using redis::Config;
using redis::RedisStore;
using test::heartbeat;
using test::kUser;
using test::leave;
using test::RedisServer;
using test::Reply;
using test::status;
using test::Subject;

TEST_CASE("Redis holds who is online, who left, and forgets by itself") {
  RedisServer server;
  Subject store{server.url()};
  CHECK(store.ask({heartbeat(kUser), status(kUser), status(UserId{43}), leave(UserId{44}), status(UserId{44})}) ==
        BatchResult::kDone);
  CHECK(store.answers[1].presence == Presence::kOnline);
  CHECK(store.answers[1].age_s <= 1);
  CHECK(store.answers[2].presence == Presence::kOffline);
  CHECK(store.answers[2].age_s == Answer::kNoAge);
  CHECK(store.answers[4].presence == Presence::kLeft);
  // It goes in the second after the last in which it is to be remembered, which is a part of a second away.
  const auto left_ms = std::stoll(server.ask({"pttl", "lastbeat:42"}));
  CHECK(left_ms <= 61'000);
  CHECK(left_ms > 40'000);
}

TEST_CASE("what happened within a second keeps its order in Redis") {
  RedisServer server;
  Subject store{server.url()};
  store.ask({leave(kUser), heartbeat(kUser), status(kUser), leave(kUser), status(kUser), heartbeat(kUser)});
  CHECK(store.answers[2].presence == Presence::kOnline);
  CHECK(store.answers[4].presence == Presence::kLeft);
}

TEST_CASE("commands with an age are maxima in Redis, and those over a ttl old change nothing") {
  RedisServer server;
  Subject store{server.url()};
  store.ask({heartbeat(kUser, Subject::kStart - 10), status(kUser), leave(kUser, Subject::kStart - 20), status(kUser),
             heartbeat(UserId{43}, Subject::kStart - 40), status(UserId{43})});
  CHECK(store.answers[1].presence == Presence::kOnline);
  CHECK(store.answers[1].age_s >= 9);
  CHECK(store.answers[3].presence == Presence::kOnline);
  CHECK(store.answers[4].outcome == Outcome::kTooOld);
  CHECK(store.answers[5].presence == Presence::kOffline);
}

TEST_CASE("a batch larger than a call is answered as a whole, in its order") {
  RedisServer server;
  Subject store{server.url()};
  std::vector<Command> commands;
  for (std::uint64_t i = 0; i < 3 * redis::Call::kMostCommands + 1; ++i) {
    if (i % 2 == 0) commands.push_back(heartbeat(UserId{i}));
  }
  store.ask(commands);
  commands.clear();
  for (std::uint64_t i = 0; i < 3 * redis::Call::kMostCommands + 1; ++i) commands.push_back(status(UserId{i}));
  CHECK(store.ask(commands) == BatchResult::kDone);
  bool is_right = true;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    is_right = is_right && store.answers[i].presence == (i % 2 == 0 ? Presence::kOnline : Presence::kOffline);
  }
  CHECK(is_right);
}

TEST_CASE("servers that share a Redis share who is online, and other prefixes and databases are apart") {
  RedisServer server;
  Subject one{server.url()};
  Subject two{server.url()};
  Subject other_prefix{server.url(), [](Config& config) { config.prefix = "other:"; }};
  Subject other_database{server.url() + "?db=1"};
  one.ask({heartbeat(kUser)});
  CHECK(two.presence(kUser) == Presence::kOnline);
  CHECK(other_prefix.presence(kUser) == Presence::kOffline);
  CHECK(other_database.presence(kUser) == Presence::kOffline);
  two.ask({leave(kUser)});
  CHECK(one.presence(kUser) == Presence::kLeft);
}

TEST_CASE("while Redis is away heartbeats and leaves are kept, and are written when it is back") {
  RedisServer server;
  Subject store{server.url()};
  server.kill();
  REQUIRE(store.wait_until_away());
  CHECK(store.ask({heartbeat(kUser), leave(UserId{43})}) == BatchResult::kDone);
  CHECK(store.ask({status(kUser), status(UserId{43}), status(UserId{44})}) == BatchResult::kPartly);
  CHECK(store.answers[0].presence == Presence::kOnline);
  CHECK(store.answers[1].presence == Presence::kLeft);
  CHECK(store.answers[2].presence == Presence::kUnknown);
  CHECK(store.answers[2].outcome == Outcome::kUnavailable);
  CHECK(store.ask({status(UserId{44})}) == BatchResult::kUnavailable);
  CHECK(store.remote().kept == 2);
  // Who left a while ago may have come back since, and only Redis would know.
  CHECK(store.ask({leave(UserId{45}, Subject::kStart - 5), status(UserId{45})}) == BatchResult::kPartly);
  CHECK(store.answers[1].presence == Presence::kUnknown);
  server.start();
  REQUIRE(store.wait_for([](const RemoteFigures& figures) { return figures.is_reachable && figures.kept == 0; }));
  CHECK(server.ask({"exists", "lastbeat:42", "lastbeat:43"}) == "2");
  CHECK(store.presence(kUser) == Presence::kOnline);
  CHECK(store.remote().dropped == 0);
}

TEST_CASE("a Redis that was started anew makes nobody offline before a ttl is over") {
  RedisServer server;
  Subject store{server.url()};
  CHECK(store.presence(kUser) == Presence::kOffline);
  server.kill();
  REQUIRE(store.wait_until_away());
  server.start();
  REQUIRE(store.wait_until_reachable());
  CHECK(store.presence(kUser) == Presence::kUnknown);
  // Nor does one that is young when it is first met, unless it is said to be new.
  Subject second{server.url(), [](Config& config) { config.trusts_first_data = false; }};
  CHECK(second.presence(kUser) == Presence::kUnknown);
}

TEST_CASE("more users than may be kept are refused while Redis is away") {
  RedisServer server;
  Subject store{server.url(), [](Config& config) { config.backlog = 1; }};
  server.kill();
  REQUIRE(store.wait_until_away());
  CHECK(store.ask({heartbeat(kUser), heartbeat(UserId{43})}) == BatchResult::kPartly);
  CHECK(store.answers[0].outcome == Outcome::kDone);
  CHECK(store.answers[1].outcome == Outcome::kUnavailable);
  CHECK(store.remote().overflows == 1);
}

TEST_CASE("a Redis that says nothing counts as away, until it speaks again") {
  RedisServer server;
  Subject store{server.url(), [](Config& config) {
                  config.timeout = 200ms;
                  config.must_answer_at_start = false;  // which a busy machine may take longer for
                }};
  REQUIRE(store.wait_until_reachable());
  server.signal(SIGSTOP);
  CHECK(store.ask({status(kUser), heartbeat(UserId{43})}) == BatchResult::kPartly);
  CHECK(store.answers[0].outcome == Outcome::kUnavailable);
  CHECK(store.answers[1].outcome == Outcome::kDone);
  server.signal(SIGCONT);
  REQUIRE(store.wait_for([](const RemoteFigures& figures) { return figures.is_reachable && figures.kept == 0; }));
  CHECK(server.ask({"exists", "lastbeat:43"}) == "1");
}

TEST_CASE("a script that Redis has forgotten is loaded again") {
  RedisServer server;
  Subject store{server.url()};
  CHECK(server.ask({"script", "flush"}) == "OK");
  store.ask({heartbeat(kUser)});
  REQUIRE(store.wait_for([](const RemoteFigures& figures) { return figures.is_reachable && figures.kept == 0; }));
  CHECK(store.presence(kUser) == Presence::kOnline);
}

TEST_CASE("a key that another program uses is not touched, and its user is unknown") {
  RedisServer server;
  Subject store{server.url()};
  CHECK(server.ask({"set", "lastbeat:42", "hello"}) == "OK");
  CHECK(server.ask({"rpush", "lastbeat:43", "hello"}) == "1");
  CHECK(store.ask({heartbeat(kUser), status(kUser), heartbeat(UserId{43}), heartbeat(UserId{44})}) ==
        BatchResult::kPartly);
  CHECK(store.answers[0].outcome == Outcome::kUnavailable);
  CHECK(store.answers[1].presence == Presence::kUnknown);
  CHECK(store.answers[2].outcome == Outcome::kUnavailable);
  CHECK(store.answers[3].outcome == Outcome::kDone);
  CHECK(server.ask({"get", "lastbeat:42"}) == "hello");
}

TEST_CASE("a Redis without memory refuses heartbeats, of known users too, and answers, and the log names it once") {
  std::ostringstream log;
  log::set_up(log::Format::kText, log::Level::kError, &log);
  RedisServer server;
  Subject store{server.url()};
  store.ask({heartbeat(kUser)});
  CHECK(server.ask({"config", "set", "maxmemory", "1"}) == "OK");
  CHECK(store.ask({heartbeat(UserId{43}), leave(kUser), status(kUser)}) == BatchResult::kDone);
  log::set_up(log::Format::kText, log::Level::kInfo);
  CHECK(store.answers[0].outcome == Outcome::kRefused);
  CHECK(store.answers[1].outcome == Outcome::kRefused);
  CHECK(store.remote().refused == 2);
  CHECK(store.answers[2].presence == Presence::kOnline);
  const std::string told = log.str();
  CAPTURE(told);
  const std::size_t at = told.find("Redis at " + server.server() + " is out of memory");
  REQUIRE(at != std::string::npos);
  CHECK(told.find("maxmemory", at) != std::string::npos);
  CHECK(told.find("is out of memory", told.find('\n', at)) == std::string::npos);
}

TEST_CASE("a Redis that cannot be used at the start is named, with the reason") {
  RedisServer server{{"--requirepass", "secret"}};
  const auto reason = [](const std::string& url) -> std::string {
    try {
      Subject store{url};
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  CHECK(reason(server.url()).find("NOAUTH") != std::string::npos);
  CHECK(reason("redis://:wrong@" + server.server()).find("AUTH: WRONGPASS") != std::string::npos);
  CHECK(reason("redis://:secret@" + server.server()).empty());
  const std::string nobody = reason("redis://unix:/nonexistent/redis.sock");
  CHECK(nobody.find("unix:/nonexistent/redis.sock") != std::string::npos);
  CHECK(nobody.find("No such file") != std::string::npos);
}

TEST_CASE("a batch that Redis owes when the store ends is answered all the same") {
  RedisServer server;
  std::vector<Answer> answers(1);
  const std::vector commands{status(kUser)};
  Reply reply;
  PublishedTime time{{.now = 1000}};
  {
    Config config;
    config.address = redis::parse_address(server.url());
    config.must_answer_at_start = true;
    config.timeout = 10s;
    RedisStore store{config, Rules{}, [] { return 1'000'000ms; }, time};
    server.signal(SIGSTOP);
    store.execute(commands, answers, reply);
  }
  CHECK(reply.result.get_future().get() == BatchResult::kUnavailable);
  server.signal(SIGCONT);
}

TEST_CASE("with a window of 10 s, Redis counts a fifth of the heartbeats of users who beat every 2 s") {
  RedisServer server;
  Config config;
  config.address = redis::parse_address(server.url());
  config.must_answer_at_start = true;
  config.timeout = 10s;
  std::atomic<std::chrono::milliseconds> now{1000s};
  const auto server_time = [&now] { return now.load(); };
  const PublishedTime time{{.now = 1000}};
  CoalescingStore store{std::make_unique<RedisStore>(config, Rules{.ttl = 40, .retain = 40}, server_time, time),
                        {.coalescer = {.rules = {.ttl = 30, .retain = 30}, .window = 10s}, .interval = 0ms},
                        server_time};
  std::vector<Command> beats;
  for (std::uint64_t id = 0; id < 10; ++id) beats.push_back(heartbeat(UserId{id}));
  std::vector<Answer> answers(beats.size());
  std::size_t heartbeats = 0;
  for (; now.load() < 1300s; now = now.load() + 2s) {
    store.tick();
    Reply reply;
    store.execute(beats, answers, reply);
    REQUIRE(reply.result.get_future().get() == BatchResult::kDone);
    heartbeats += beats.size();
  }
  store.finish();
  // The script reads the key once for every heartbeat that reaches Redis.
  const std::string counters = server.ask({"info", "commandstats"});
  const std::string name = "cmdstat_get:calls=";
  const std::size_t at = counters.find(name);
  REQUIRE(at != std::string::npos);
  std::size_t written = 0;
  std::from_chars(counters.data() + at + name.size(), counters.data() + counters.size(), written);
  CHECK(static_cast<double>(heartbeats) / static_cast<double>(written) >= 4.5);
  CHECK(written >= 10 * 300 / 10);
  CHECK(server.ask({"dbsize"}) == "10");
}
