#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/shared_session.hpp"
#include "server/store/dynamo/aws_server.hpp"
#include "support/catch.hpp"

using lastbeat::test::AwsServer;
using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::Process;
using lastbeat::test::run;

namespace {

// With the table in it, made as people make it.
class Dynamo : public AwsServer {
 public:
  Dynamo() {
    // NOLINTBEGIN(concurrency-mt-unsafe): before there are threads
    ::setenv("AWS_ACCESS_KEY_ID", "AKIDTEST", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", kSecret, 1);
    // NOLINTEND(concurrency-mt-unsafe)
    made = run("lastbeatd", {"--store", url(), "--create-table"});
  }
  Finished made;
};

std::vector<std::string> arguments(const AwsServer& server, const std::string& ttl) {
  // dynalite takes milliseconds a user, and on a busy machine many.
  return {"--store", server.url(), "--store-at-start", "exit", "--store-timeout", "10s", "--ttl", ttl};
}

std::string scan(const AwsServer& server, const std::string& filter) {
  return server.call("Scan", R"({"TableName":"presence","Select":"COUNT","FilterExpression":")" + filter + R"("})");
}

}  // namespace

TEST_CASE("two servers share a table that one command made, and every item says when it goes") {
  const Dynamo dynamo;
  CHECK(dynamo.made.status == 0);
  CHECK(dynamo.made.output.find("the DynamoDB table presence is ready") != std::string::npos);
  Daemon one{arguments(dynamo, "5m")};
  Daemon two{arguments(dynamo, "5m")};
  CHECK(two.lastbeat({"status", "42"}).output == "42 offline\n");
  CHECK(one.lastbeat({"heartbeat", "42"}).output == "ok\n");
  CHECK(two.lastbeat({"status", "42"}).output.starts_with("42 online"));
  CHECK(two.lastbeat({"leave", "42"}).output == "ok\n");
  CHECK(one.lastbeat({"status", "42"}).output.starts_with("42 offline left"));
  CHECK(one.lastbeat({"heartbeat", "43"}).output == "ok\n");
  CHECK(scan(dynamo, "attribute_exists(expires)").find(R"("Count":2)") != std::string::npos);
  CHECK(one.lastbeat({"count"}).status != 0);
  // As with every store outside, most heartbeats can be held back.
  auto coalescing = arguments(dynamo, "5m");
  for (const auto* const word : {"--coalesce", "2m"}) coalescing.emplace_back(word);
  const Daemon three{coalescing};
  const int before = dynamo.calls("UpdateItem");
  for (int i = 0; i < 3; ++i) CHECK(three.lastbeat({"heartbeat", "44"}).output == "ok\n");
  CHECK(dynamo.calls("UpdateItem") == before + 1);
  CHECK(two.lastbeat({"status", "44"}).output.starts_with("44 online"));
  one.process().signal(SIGTERM);
  CHECK(one.process().wait() == 0);
  CHECK(one.process().output().find(AwsServer::kSecret) == std::string::npos);
}

TEST_CASE("the session of every store, over a table that two servers share") {
  const Dynamo dynamo;
  const auto words = lastbeat::test::patient({"--store", dynamo.url(), "--store-timeout", "10s"});
  lastbeat::test::check_shared_session(Daemon{words}, Daemon{words});
}

TEST_CASE("a load on two servers that share a table finds no wrong answer") {
  const Dynamo dynamo;
  Daemon one{arguments(dynamo, "5s")};
  Daemon two{arguments(dynamo, "5s")};
  const auto check = [](const Daemon& server) {
    return Process{"lastbeat-bench",
                   {"check", "--server", server.address(), "--users", "40", "--batch", "20", "--connections", "1",
                    "--silent", "10%", "--ttl", "5s", "--duration", "8s", "--json", "-"}};
  };
  Process first = check(one);
  Process second = check(two);
  for (Process* const process : {&first, &second}) {
    CHECK(process->wait() == 0);
    CHECK(process->output().find(R"("wrong":0,)") != std::string::npos);
  }
}

TEST_CASE("a DynamoDB that two servers share dies and returns, and nobody is said to be offline") {
  Dynamo dynamo;
  Daemon one{arguments(dynamo, "5m")};
  Daemon two{arguments(dynamo, "5m")};
  CHECK(one.lastbeat({"heartbeat", "42"}).output == "ok\n");
  dynamo.kill();
  CHECK(one.lastbeat({"heartbeat", "43"}).output == "ok\n");
  CHECK(one.lastbeat({"status", "43"}).output.starts_with("43 online"));
  CHECK(two.lastbeat({"status", "42", "43"}).output.find("offline") == std::string::npos);
  dynamo.start();
  std::string answers;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (answers.find("43 online") == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    answers += two.lastbeat({"status", "42", "43"}).output;
  }
  CHECK(answers.find("43 online") != std::string::npos);
  CHECK(answers.find("42 online") != std::string::npos);
  CHECK(answers.find("offline") == std::string::npos);
}

TEST_CASE("a table that cannot be made, and a server whose DynamoDB does not answer at the start, say why") {
  const Finished made = run(
      "lastbeatd", {"--create-table", "--store", "dynamodb://presence?region=eu-west-1&endpoint=http://127.0.0.1:1"});
  CHECK(made.status == 1);
  CHECK(made.output.find("cannot make the DynamoDB table presence at http://127.0.0.1:1: ") != std::string::npos);
  const Finished ended =
      run("lastbeatd", {"--listen", "127.0.0.1:0", "--http", "off", "--store-at-start", "exit", "--store",
                        "dynamodb://presence?region=eu-west-1&endpoint=http://127.0.0.1:1"});
  CHECK(ended.status == 1);
  CHECK(ended.output.find("cannot use the DynamoDB table presence at http://127.0.0.1:1: ") != std::string::npos);
}
