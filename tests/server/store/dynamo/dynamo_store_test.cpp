#include "dynamo/dynamo_store.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <thread>

#include "dynamo/table_maker.hpp"
#include "server/store/dynamo/aws_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;
using dynamo::Config;
using dynamo::DynamoStore;
using test::AwsServer;

namespace {

constexpr UserId kUser{42};
constexpr auto kPatience = 60s;

Command heartbeat(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kHeartbeat};
}
Command leave(UserId user, Second second = Command::kOnArrival) {
  return {.user = user, .second = second, .kind = CommandKind::kLeave};
}
Command status(UserId user) { return {.user = user, .kind = CommandKind::kStatus}; }

struct Reply final : BatchCompletion {
  std::promise<BatchResult> result;
  void batch_done(BatchResult value) noexcept override { result.set_value(value); }
};

std::string environment(const char* name) {
  const std::string variable = name;
  if (variable == "AWS_ACCESS_KEY_ID") return "AKIDTEST";
  if (variable == "AWS_SECRET_ACCESS_KEY") return AwsServer::kSecret;
  return variable == "AWS_SESSION_TOKEN" ? "session" : "";
}

Config config_of(const AwsServer& server, const std::string& more) {
  Config config;
  config.address = dynamo::parse_address(server.url(more), environment);
  config.timeout = 10s;
  config.must_answer_at_start = true;
  return config;
}

// With the table in it.
class ServerWithTable : public AwsServer {
 public:
  ServerWithTable() { dynamo::make_table(config_of(*this, ""), environment); }
};

// A store with clocks that the test turns; it waits for the answers.
class Subject {
 public:
  explicit Subject(
      const AwsServer& server, const std::string& more = {},
      const std::function<void(Config&)>& change = [](Config&) {})
      : time_{{.now = kStart}},
        store_{changed(config_of(server, more), change), Rules{.ttl = 30, .retain = 60},
               dynamo::Clocks{.server_time = [this] { return std::chrono::seconds{kStart} + 500ms + passed(); },
                              .unix_time = [this] { return kUnix + passed(); }},
               time_, environment} {}

  BatchResult ask(const std::vector<Command>& commands) {
    answers.assign(commands.size(), {});
    Reply reply;
    store_.execute(commands, answers, reply);
    return reply.result.get_future().get();
  }
  Presence presence(UserId user) {
    ask({status(user)});
    return answers.at(0).presence;
  }
  void pass(std::chrono::seconds time) {
    passed_ += time.count();
    time_.publish({.now = kStart + static_cast<Second>(passed_.load())});
  }
  [[nodiscard]] RemoteFigures remote() const { return store_.remote(); }
  [[nodiscard]] bool wait_for(const std::function<bool(const RemoteFigures&)>& holds) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds(remote())) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  [[nodiscard]] bool wait_until_away() const {
    return wait_for([](const RemoteFigures& figures) { return !figures.is_reachable; });
  }
  [[nodiscard]] bool wait_until_written() const {
    return wait_for([](const RemoteFigures& figures) { return figures.is_reachable && figures.kept == 0; });
  }

  static constexpr Second kStart = 1000;
  static constexpr auto kUnix = 1'700'000'000'500ms;
  std::vector<Answer> answers;

 private:
  static Config changed(Config config, const std::function<void(Config&)>& change) {
    change(config);
    return config;
  }
  [[nodiscard]] std::chrono::seconds passed() const { return std::chrono::seconds{passed_}; }

  std::atomic<std::int64_t> passed_{0};
  PublishedTime time_;
  DynamoStore store_;
};

std::string item(const AwsServer& server, const std::string& user) {
  return server.call("GetItem",
                     R"({"TableName":"presence","ConsistentRead":true,"Key":{"id":{"N":")" + user + R"("}}})");
}

}  // namespace

TEST_CASE("DynamoDB holds who is online and who left, with the second from which an item may go") {
  const ServerWithTable server;
  Subject store{server};
  // That the signature is right aws.mjs checks; that of a session's token is one of its headers.
  CHECK(server.ask("/authorization").find("x-amz-security-token") != std::string::npos);
  CHECK(store.ask({heartbeat(kUser), status(kUser), status(UserId{43}), leave(UserId{44}), status(UserId{44})}) ==
        BatchResult::kDone);
  CHECK(store.answers[1].presence == Presence::kOnline);
  CHECK(store.answers[1].age_s == 0);
  CHECK(store.answers[2].presence == Presence::kOffline);
  CHECK(store.answers[2].age_s == Answer::kNoAge);
  CHECK(store.answers[4].presence == Presence::kLeft);
  const std::string written = item(server, "42");
  CHECK(written.find(R"("stamp":{"N":"3400000001000"})") != std::string::npos);
  CHECK(written.find(R"("expires":{"N":"1700000061"})") != std::string::npos);
}

TEST_CASE("age decides and not whether DynamoDB has deleted an item") {
  const ServerWithTable server;
  Subject store{server};
  store.ask({heartbeat(kUser)});
  store.pass(30s);
  CHECK(store.presence(kUser) == Presence::kOnline);
  store.pass(1s);
  CHECK(store.presence(kUser) == Presence::kOffline);
  CHECK(store.answers[0].age_s == 31);
  store.pass(30s);
  CHECK(store.presence(kUser) == Presence::kOffline);
  CHECK(store.answers[0].age_s == Answer::kNoAge);
}

TEST_CASE("answers in a batch are those of their place in it, and heartbeats of a user side by side are one write") {
  const ServerWithTable server;
  Subject store{server};
  CHECK(store.ask({status(kUser), heartbeat(kUser), status(kUser), leave(kUser), status(kUser), heartbeat(kUser),
                   status(kUser)}) == BatchResult::kDone);
  CHECK(store.answers[0].presence == Presence::kOffline);
  CHECK(store.answers[2].presence == Presence::kOnline);
  CHECK(store.answers[4].presence == Presence::kLeft);
  CHECK(store.answers[6].presence == Presence::kOnline);
  const int before = server.calls("UpdateItem");
  store.ask({heartbeat(UserId{43}), heartbeat(UserId{43}), heartbeat(UserId{43}, Subject::kStart - 3)});
  CHECK(server.calls("UpdateItem") == before + 1);
}

TEST_CASE("an older write changes nothing in DynamoDB, and one over a ttl old is not made") {
  const ServerWithTable server;
  Subject one{server};
  Subject two{server};
  one.ask({heartbeat(kUser)});
  two.ask({leave(kUser, Subject::kStart - 20)});
  CHECK(one.presence(kUser) == Presence::kOnline);
  CHECK(two.presence(kUser) == Presence::kOnline);
  two.ask({heartbeat(UserId{43}, Subject::kStart - 40)});
  CHECK(two.answers[0].outcome == Outcome::kTooOld);
  CHECK(one.presence(UserId{43}) == Presence::kOffline);
}

TEST_CASE("a batch larger than a request is answered as a whole, in its order, however it is written") {
  const ServerWithTable server;
  const std::string more = GENERATE("", "&writes=batch&reads=eventual");
  Subject store{server, more};
  std::vector<Command> commands;
  constexpr std::uint64_t kUsers = 3 * dynamo::kMostReads + 1;
  for (std::uint64_t i = 0; i < kUsers; i += 2) commands.push_back(heartbeat(UserId{i}));
  CHECK(store.ask(commands) == BatchResult::kDone);
  commands.clear();
  for (std::uint64_t i = 0; i < kUsers; ++i) commands.push_back(status(UserId{i}));
  CHECK(store.ask(commands) == BatchResult::kDone);
  bool is_right = true;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    is_right = is_right && store.answers[i].presence == (i % 2 == 0 ? Presence::kOnline : Presence::kOffline);
  }
  CHECK(is_right);
  CHECK((server.calls("UpdateItem") == 0) == !more.empty());
}

TEST_CASE("what DynamoDB has too much to do for is asked again") {
  const ServerWithTable server;
  const std::string more = GENERATE("", "&writes=batch");
  Subject store{server, more};
  server.ask("/faults?throttle=3");
  CHECK(store.ask({heartbeat(kUser), status(kUser)}) == BatchResult::kDone);
  server.ask("/faults?unprocessed=2");
  CHECK(store.ask({heartbeat(UserId{43}), status(UserId{43})}) == BatchResult::kDone);
  server.ask("/faults?expired=1");
  CHECK(store.ask({heartbeat(UserId{44}), status(UserId{44})}) == BatchResult::kDone);
  CHECK(store.ask({status(kUser), status(UserId{43}), status(UserId{44})}) == BatchResult::kDone);
  for (const Answer& answer : store.answers) CHECK(answer.presence == Presence::kOnline);
  CHECK(store.remote().failures == 0);
}

TEST_CASE("what DynamoDB has too much to do for does not wait for ever for its turn, and is written in the end") {
  const ServerWithTable server;
  Subject store{server, "&requests=1", [](Config& config) {
                  config.timeout = 300ms;
                  config.must_answer_at_start = false;
                }};
  REQUIRE(store.wait_until_written());
  server.ask("/faults?throttle=1000000000");
  constexpr std::uint64_t kUsers = 300;  // of whom each would take as long as a request may
  std::vector<Command> commands;
  for (std::uint64_t i = 0; i < kUsers; ++i) commands.push_back(heartbeat(UserId{i}));
  const int before = server.calls("UpdateItem");
  CHECK(store.ask(commands) == BatchResult::kDone);
  CHECK(server.calls("UpdateItem") < before + static_cast<int>(kUsers));
  CHECK(store.presence(UserId{0}) == Presence::kOnline);
  CHECK(store.ask({status(UserId{kUsers})}) == BatchResult::kUnavailable);
  server.ask("/faults?throttle=0");
  REQUIRE(store.wait_until_written());
  CHECK(store.presence(UserId{kUsers - 1}) == Presence::kOnline);
}

TEST_CASE("while DynamoDB is away heartbeats and leaves are kept, and are written when it is back") {
  ServerWithTable server;
  Subject store{server};
  Subject other{server};
  CHECK(store.ask({heartbeat(UserId{46})}) == BatchResult::kDone);
  server.kill();
  REQUIRE(store.wait_until_away());
  REQUIRE(other.wait_until_away());
  CHECK(store.ask({heartbeat(kUser), leave(UserId{43})}) == BatchResult::kDone);
  CHECK(store.ask({status(kUser), status(UserId{43}), status(UserId{44})}) == BatchResult::kPartly);
  CHECK(store.answers[0].presence == Presence::kOnline);
  CHECK(store.answers[1].presence == Presence::kLeft);
  CHECK(store.answers[2].presence == Presence::kUnknown);
  CHECK(store.answers[2].outcome == Outcome::kUnavailable);
  CHECK(store.ask({status(UserId{44})}) == BatchResult::kUnavailable);
  CHECK(store.remote().kept == 2);
  // Who left a while ago may have come back since, and only DynamoDB would know.
  CHECK(store.ask({leave(UserId{45}, Subject::kStart - 5), status(UserId{45})}) == BatchResult::kPartly);
  CHECK(store.answers[1].presence == Presence::kUnknown);
  server.start();
  REQUIRE(store.wait_until_written());
  REQUIRE(other.wait_until_written());
  CHECK(other.ask({status(kUser), status(UserId{43}), status(UserId{44}), status(UserId{46})}) == BatchResult::kDone);
  CHECK(other.answers[0].presence == Presence::kOnline);
  // A third server may still keep what it took meanwhile.
  CHECK(other.answers[1].presence == Presence::kUnknown);
  CHECK(other.answers[2].presence == Presence::kUnknown);
  CHECK(other.answers[3].presence == Presence::kOnline);
  other.pass(32s);
  CHECK(other.presence(UserId{44}) == Presence::kOffline);
  CHECK(store.remote().dropped == 0);
}

TEST_CASE("more users than may be kept are refused while DynamoDB is away, and what got too old is given up") {
  ServerWithTable server;
  Subject store{server, "", [](Config& config) { config.backlog = 1; }};
  server.kill();
  REQUIRE(store.wait_until_away());
  CHECK(store.ask({heartbeat(kUser), heartbeat(UserId{43})}) == BatchResult::kPartly);
  CHECK(store.answers[0].outcome == Outcome::kDone);
  CHECK(store.answers[1].outcome == Outcome::kUnavailable);
  CHECK(store.remote().overflows == 1);
  store.pass(31s);
  server.start();
  REQUIRE(store.wait_until_written());
  CHECK(store.remote().dropped == 1);
  CHECK(item(server, "42") == "{}");
}

TEST_CASE("a DynamoDB that says nothing counts as away, until it speaks again") {
  ServerWithTable server;
  Subject store{server, "", [](Config& config) {
                  config.timeout = 300ms;
                  config.must_answer_at_start = false;  // which a busy machine may take longer for
                }};
  REQUIRE(store.wait_until_written());
  server.signal(SIGSTOP);
  CHECK(store.ask({status(kUser), heartbeat(UserId{43})}) == BatchResult::kPartly);
  CHECK(store.answers[0].outcome == Outcome::kUnavailable);
  CHECK(store.answers[1].outcome == Outcome::kDone);
  server.signal(SIGCONT);
  REQUIRE(store.wait_until_written());
  CHECK(item(server, "43").find("stamp") != std::string::npos);
}

TEST_CASE("a DynamoDB that cannot be used at the start is named, with the reason") {
  AwsServer server;
  const auto reason = [&](const std::string& more) -> std::string {
    try {
      Subject store{server, more};
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  CHECK(reason("").find("the DynamoDB table presence at " + server.endpoint() + ": there is no such table") !=
        std::string::npos);
  CHECK(reason("&endpoint=http://127.0.0.1:1").find("127.0.0.1") != std::string::npos);
}

TEST_CASE("making a table that is there changes nothing, and one with another key is refused") {
  const ServerWithTable server;
  Subject store{server};
  store.ask({heartbeat(kUser)});
  dynamo::make_table(config_of(server, ""), environment);
  CHECK(store.presence(kUser) == Presence::kOnline);
  const AwsServer other;
  other.call("CreateTable", R"({"TableName":"presence","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":
    [{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})");
  CHECK_THROWS_AS(dynamo::make_table(config_of(other, ""), environment), std::runtime_error);
}

TEST_CASE("a batch that DynamoDB owes when the store ends is answered all the same") {
  const ServerWithTable server;
  std::vector<Answer> answers(1);
  const std::vector commands{status(kUser)};
  Reply reply;
  PublishedTime time{{.now = 1000}};
  {
    DynamoStore store{
        config_of(server, ""), Rules{},
        dynamo::Clocks{.server_time = [] { return 1'000'000ms; }, .unix_time = [] { return Subject::kUnix; }}, time,
        environment};
    server.signal(SIGSTOP);
    store.execute(commands, answers, reply);
  }
  CHECK(reply.result.get_future().get() == BatchResult::kUnavailable);
  server.signal(SIGCONT);
}
