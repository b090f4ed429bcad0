#include "bench/options.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

auto parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lastbeat-bench");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("a load is described by its options") {
  const auto parsed = parse({"load",       "--target",   "lastbeat://[::1]:9",
                             "--users",    "10",         "--connections",
                             "3",          "--pipeline", "5",
                             "--batch",    "7",          "--heartbeats",
                             "40",         "--rate",     "1000",
                             "--duration", "2s",         "--threads",
                             "2",          "--json",     "x.json"});
  const auto& options = std::get<LoadOptions>(parsed);
  CHECK(options.target == text::Endpoint{text::TcpEndpoint{"::1", 9}});
  CHECK(options.workload.users == 10);
  CHECK(options.connections == 3);
  CHECK(options.pipeline == 5);
  CHECK(options.workload.batch == 7);
  CHECK(options.workload.heartbeat_percent == 40);
  CHECK(options.rate == 1000);
  CHECK(options.duration == 2s);
  CHECK(options.threads == 2);
  CHECK(options.json == "x.json");
  CHECK(options.command.find("lastbeat-bench load --target") == 0);
  CHECK_FALSE(std::get<LoadOptions>(parse({"load"})).rate.has_value());
}

TEST_CASE("a load speaks the protocol that its target names") {
  struct Row {
    const char* target;
    Protocol protocol;
    text::Endpoint endpoint;
  };
  const auto row = GENERATE(values<Row>({
      {"lastbeat://127.0.0.1:1", Protocol::kLastbeat, text::TcpEndpoint{"127.0.0.1", 1}},
      {"redis://h:6379", Protocol::kRedis, text::TcpEndpoint{"h", 6379}},
      {"redis://unix:/run/redis.sock", Protocol::kRedis, text::UnixEndpoint{"/run/redis.sock"}},
      {"memcache://h:2", Protocol::kMemcache, text::TcpEndpoint{"h", 2}},
      {"echo://h:3", Protocol::kEcho, text::TcpEndpoint{"h", 3}},
  }));
  const auto options = std::get<LoadOptions>(parse({"load", "--target", row.target}));
  CHECK(options.protocol == row.protocol);
  CHECK(options.target == row.endpoint);
}

TEST_CASE("a load may prefer some users, and some processors") {
  const auto plain = std::get<LoadOptions>(parse({"load"}));
  CHECK(plain.workload.distribution == Distribution::kUniform);
  CHECK(plain.cpus.empty());
  const auto options = std::get<LoadOptions>(parse({"load", "--distribution", "zipf", "--cpus", "3,0"}));
  CHECK(options.workload.distribution == Distribution::kZipf);
  CHECK(options.cpus == std::vector<unsigned>{3, 0});
}

TEST_CASE("a load gets into a lastbeatd by a token and TLS, and into no other server") {
  const auto options = std::get<LoadOptions>(parse({"load", "--tls", "--ca", "ca.pem"}));
  CHECK(options.access.tls.enabled);
  CHECK(options.access.tls.ca_file == "ca.pem");
  CHECK(std::get<ParseExit>(parse({"load", "--target", "redis://127.0.0.1:1", "--tls"})).status == 2);
  CHECK(std::get<ParseExit>(parse({"load", "--ca", "ca.pem"})).text.find("need --tls") != std::string::npos);
}

TEST_CASE("a check is described by its options") {
  const auto parsed = parse({"check", "--server", "127.0.0.1:1", "--users", "200000", "--silent", "1%", "--ttl", "5s",
                             "--duration", "30s", "--seed", "7", "--churn", "300", "--delay", "200ms"});
  const auto& options = std::get<CheckOptions>(parsed);
  CHECK(options.users == 200'000);
  CHECK(options.silent_share == Approx(0.01));
  CHECK(options.ttl == 5s);
  CHECK(options.duration == 30s);
  CHECK(options.seed == 7);
  CHECK(options.churn == 300);
  CHECK(options.delay == 200ms);
  CHECK(options.replicas == 1);
  CHECK_FALSE(options.has_nodes);
  CHECK(options.later_nodes.empty());
  CHECK(std::get<CheckOptions>(parse({"check"})).churn == 0);
}

TEST_CASE("a check may run over several nodes, whose list changes") {
  const auto parsed = parse({"check", "--server", "a=127.0.0.1:1,b=127.0.0.1:2*3", "--replicas", "2", "--later",
                             "1500ms:a=127.0.0.1:1,b=127.0.0.1:2,c=127.0.0.1:3"});
  const auto& options = std::get<CheckOptions>(parsed);
  CHECK(options.has_nodes);
  CHECK(options.replicas == 2);
  CHECK(options.later == 1500ms);
  REQUIRE(options.later_nodes.size() == 3);
  CHECK(options.later_nodes[2].server == "127.0.0.1:3");
}

TEST_CASE("a benchmark of the table is described by its options") {
  const auto parsed = parse({"table", "--users", "2000000000", "--threads", "64", "--seconds", "0.05", "--rivals",
                             "std", "--holds", "--json", "-"});
  const auto& options = std::get<TableOptions>(parsed);
  CHECK(options.users == 2'000'000'000);
  CHECK(options.threads == 64);
  CHECK(options.duration == 50ms);
  CHECK(options.rivals == std::vector{Rival::kStd});
  CHECK(options.holds);
  CHECK(options.json == "-");
  CHECK(options.command.find("lastbeat-bench table --users") == 0);

  const auto defaults = std::get<TableOptions>(parse({"table"}));
  CHECK(defaults.users == 10'000'000);
  CHECK(defaults.threads == 1);
  CHECK(defaults.duration == 2s);
  CHECK(defaults.rivals == std::vector{Rival::kAbsl, Rival::kStd});
  CHECK_FALSE(defaults.holds);
  CHECK(std::get<TableOptions>(parse({"table", "--rivals", "none"})).rivals.empty());
}

TEST_CASE("the help of the table's benchmark names every option") {
  const auto exit = std::get<ParseExit>(parse({"table", "--help"}));
  CHECK(exit.status == 0);
  for (const char* option : {"--users", "--threads", "--seconds", "--rivals", "--holds", "--json"}) {
    CAPTURE(option);
    CHECK(exit.text.find(option) != std::string::npos);
  }
}

TEST_CASE("a bad command line is one line that names what was wrong and what is allowed") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
    const char* allowed;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "required", "load, check"},
      {{"fly"}, "", "load, check"},
      {{"load", "--target", "http://x:1"}, "'http://x:1'", "redis://, memcache:// or echo://"},
      {{"load", "--target", "echo://x:1", "--batch", "2"}, "'2' is no value for --batch with echo://", "allowed: 1"},
      {{"load", "--distribution", "normal"}, "'normal'", "uniform or zipf"},
      {{"load", "--cpus", "0,x"}, "'x' is no value for --cpus", "from 0 to 1023"},
      {{"load", "--cpus", "1024"}, "'1024'", "from 0 to 1023"},
      {{"load", "--users", "18446744073709551616"}, "--users", "to 18446744073709551615"},
      {{"load", "--target", "lastbeat://x"}, "'x'", "HOST:PORT"},
      {{"load", "--rate", "fast"}, "'fast'", "from 1"},
      {{"load", "--heartbeats", "101"}, "--heartbeats", "0 to 100"},
      {{"load", "--batch", "0"}, "--batch", "from 1"},
      {{"load", "--duration", "0s"}, "'0s'", "more than 0"},
      {{"check", "--silent", "half"}, "--silent", "0 to 90"},
      {{"check", "--churn", "5001"}, "--churn", "0 to 5000"},
      {{"check", "--replicas", "2"}, "--replicas 2", "two nodes"},
      {{"check", "--server", "127.0.0.1:1,127.0.0.1:2", "--replicas", "3"}, "'3'", "1 to 2"},
      {{"check", "--server", "127.0.0.1:1,127.0.0.1:2", "--later", "127.0.0.1"}, "'127.0.0.1'", "DURATION:LIST"},
      {{"check", "--server", "127.0.0.1:1,127.0.0.1:2", "--later", "1s:127.0.0.1:1", "--churn", "1"},
       "--later",
       "--churn"},
      {{"check", "--ttl", "5"}, "--ttl: '5'", "500ms"},
      {{"check", "--delay", "5"}, "--delay: '5'", "500ms"},
      {{"check", "--ttl", "1500ms"}, "'1500ms'", "whole seconds"},
      {{"check", "--ttl", "0s"}, "'0s'", "from 1s"},
      {{"check", "--server", "nowhere"}, "--server: 'nowhere'", "HOST:PORT"},
      {{"load", "--target", "lastbeat://nowhere"}, "--target: 'nowhere'", "HOST:PORT"},
      {{"load", "--rate", "0"}, "--rate", "from 1"},
      {{"load", "--users", "0"}, "--users", "from 1"},
      {{"check", "--what"}, "--what", "load, check"},
      {{"table", "--users", "999"}, "--users", "from 1000 to 2000000000"},
      {{"table", "--users", "2000000001"}, "--users", "from 1000 to 2000000000"},
      {{"table", "--threads", "0"}, "--threads", "from 1 to 64"},
      {{"table", "--threads", "65"}, "--threads", "from 1 to 64"},
      {{"table", "--seconds", "0"}, "'0' is no value for --seconds", "0.01 to 3600"},
      {{"table", "--seconds", "2s"}, "'2s' is no value for --seconds", "0.01 to 3600"},
      {{"table", "--seconds", "nan"}, "'nan' is no value for --seconds", "0.01 to 3600"},
      {{"table", "--rivals", "boost"}, "'boost' is no value for --rivals", "absl, std, absl,std or none"},
      {{"table", "--rivals", "absl,absl"}, "'absl,absl'", "absl, std, absl,std or none"},
      {{"table", "--rivals", ""}, "--rivals", "absl, std, absl,std or none"},
  }));
  const auto parsed = parse(row.arguments);
  REQUIRE(std::holds_alternative<ParseExit>(parsed));
  const auto& exit = std::get<ParseExit>(parsed);
  CAPTURE(exit.text);
  CHECK(exit.status == 2);
  CHECK(exit.text.find(row.named) != std::string::npos);
  CHECK(exit.text.find(row.allowed) != std::string::npos);
  CHECK(std::count(exit.text.begin(), exit.text.end(), '\n') == 1);
}
