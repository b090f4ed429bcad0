#include "bench/compare_options.hpp"

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

TEST_CASE("a comparison is described by its options") {
  const auto parsed = parse({"compare",
                             "--lastbeatd",
                             "/a/lastbeatd",
                             "--redis",
                             "/b/redis",
                             "--valkey",
                             "none",
                             "--memcached",
                             "mc",
                             "--scenarios",
                             "latency,users",
                             "--seconds",
                             "0.05",
                             "--repeats",
                             "2",
                             "--users",
                             "1000",
                             "--crowd",
                             "7",
                             "--memory-users",
                             "10,20",
                             "--idle-connections",
                             "12000",
                             "--settle",
                             "0.5",
                             "--server-cpu",
                             "3",
                             "--load-cpu",
                             "5",
                             "--markdown",
                             "x.md",
                             "--json",
                             "x.json"});
  const auto& options = std::get<CompareOptions>(parsed);
  CHECK(options.lastbeatd == "/a/lastbeatd");
  CHECK(options.redis == "/b/redis");
  CHECK(options.valkey == "none");
  CHECK(options.memcached == "mc");
  CHECK(options.scenarios == std::vector{Scenario::kLatency, Scenario::kUsers});
  CHECK(options.duration == 50ms);
  CHECK(options.repeats == 2);
  CHECK(options.users == 1000);
  CHECK(options.crowd == 7);
  CHECK(options.memory_users == std::vector<std::uint64_t>{10, 20});
  CHECK(options.idle_connections == 12'000);
  CHECK(options.settle == 500ms);
  CHECK(options.server_cpu == 3U);
  CHECK(options.load_cpu == 5U);
  CHECK(options.markdown == "x.md");
  CHECK(options.json == "x.json");
  CHECK(options.command.find("lastbeat-bench compare --lastbeatd") == 0);
}

TEST_CASE("a comparison without options has every scenario, at least five rounds, and the servers of the path") {
  const auto parsed = parse({"compare"});
  const auto& options = std::get<CompareOptions>(parsed);
  CHECK(options.scenarios.size() == 7);
  CHECK(options.repeats >= 5);
  CHECK(options.redis == "redis-server");
  CHECK(options.valkey == "valkey-server");
  CHECK(options.memcached == "memcached");
  CHECK(options.lastbeatd.empty());
  CHECK_FALSE(options.server_cpu.has_value());
  CHECK_FALSE(options.load_cpu.has_value());
}

TEST_CASE("every scenario can be chosen by its name") {
  const char* const name = GENERATE("single", "pipelined", "batches", "mixed", "latency", "users", "connections");
  const auto parsed = parse({"compare", "--scenarios", name});
  const auto& options = std::get<CompareOptions>(parsed);
  REQUIRE(options.scenarios.size() == 1);
  CHECK(std::string{name_of(options.scenarios.front())} == name);
}

TEST_CASE("where an echo listens") {
  const auto parsed = parse({"echo", "--listen", "127.0.0.2:99"});
  CHECK(std::get<EchoOptions>(parsed).listen == text::TcpEndpoint{"127.0.0.2", 99});
  CHECK(std::get<EchoOptions>(parse({"echo"})).listen == text::TcpEndpoint{"127.0.0.1", 0});
}

TEST_CASE("what is wrong with a comparison's options is named, with what is allowed") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
    const char* allowed;
  };
  const auto row = GENERATE(values<Row>({
      {{"compare", "--scenarios", "fast"}, "'fast' is no value for --scenarios", "single, pipelined"},
      {{"compare", "--scenarios", "single,single"}, "'single,single'", "each once"},
      {{"compare", "--scenarios", ""}, "--scenarios", "single, pipelined"},
      {{"compare", "--seconds", "0"}, "'0' is no value for --seconds", "0.01 to 3600"},
      {{"compare", "--repeats", "0"}, "--repeats", "from 1"},
      {{"compare", "--users", "none"}, "'none' is no value for --users", "from 1"},
      {{"compare", "--memory-users", "20,10"}, "'20,10' is no value for --memory-users", "larger than"},
      {{"compare", "--memory-users", "10,10"}, "'10,10'", "larger than"},
      {{"compare", "--memory-users", "10,"}, "--memory-users", "from 1"},
      {{"compare", "--idle-connections", "25001"}, "--idle-connections", "from 1 to 25000"},
      {{"compare", "--settle", "long"}, "'long' is no value for --settle", "0 to 3600"},
      {{"compare", "--server-cpu", "x"}, "'x' is no value for --server-cpu", "from 0"},
      {{"compare", "--load-cpu", "100000"}, "--load-cpu", "from 0"},
      {{"echo", "--listen", "unix:/x"}, "'unix:/x' is no value for --listen", "IPv4"},
      {{"echo", "--listen", "nowhere"}, "'nowhere'", "HOST:PORT"},
  }));
  const auto parsed = parse(row.arguments);
  REQUIRE(std::holds_alternative<ParseExit>(parsed));
  const auto& exit = std::get<ParseExit>(parsed);
  CAPTURE(exit.text);
  CHECK(exit.status == 2);
  CHECK(exit.text.find(row.named) != std::string::npos);
  CHECK(exit.text.find(row.allowed) != std::string::npos);
}
