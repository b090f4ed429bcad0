#include "command/options.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::cli;
using namespace std::chrono_literals;

namespace {

std::variant<Options, ParseExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lastbeat");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("a command, its ids and its options are taken as given, options before or behind") {
  for (const std::vector<const char*>& arguments : std::vector<std::vector<const char*>>{
           {"--server", "unix:/tmp/x", "--json", "--timeout", "3s", "heartbeat", "42", "0", "--age", "1500ms"},
           {"heartbeat", "42", "0", "--age", "1500ms", "--json", "--server", "unix:/tmp/x", "--timeout", "3s"}}) {
    const auto parsed = parse(arguments);
    REQUIRE(std::holds_alternative<Options>(parsed));
    const auto& options = std::get<Options>(parsed);
    CHECK(options.command == Command::kHeartbeat);
    CHECK(options.users == std::vector{UserId{42}, UserId{0}});
    CHECK(options.age == 1500ms);
    CHECK(options.json);
    CHECK(options.client.server == "unix:/tmp/x");
    CHECK(options.client.request_timeout == 3s);
  }
}

TEST_CASE("several nodes may be named, with weights, and two copies of each user asked for") {
  const auto parsed = parse({"--server", "a=127.0.0.1:1*2,unix:/tmp/x", "--replicas", "2", "count"});
  REQUIRE(std::holds_alternative<Options>(parsed));
  CHECK(std::get<Options>(parsed).client.server == "a=127.0.0.1:1*2,unix:/tmp/x");
  CHECK(std::get<Options>(parsed).client.replicas == 2);
  CHECK(std::get<Options>(parse({"count"})).client.replicas == 1);
}

TEST_CASE("ids may come from standard input") {
  const auto parsed = parse({"status", "-"});
  CHECK(std::get<Options>(parsed).users_from_stdin);
}

TEST_CASE("how the connection is encrypted is told by options") {
  const auto parsed =
      parse({"--tls", "--ca", "ca.pem", "--tls-name", "n", "--cert", "c.pem", "--key", "k.pem", "count"});
  const auto& tls = std::get<Options>(parsed).client.tls;
  CHECK(tls.enabled);
  CHECK(tls.ca_file == "ca.pem");
  CHECK(tls.server_name == "n");
  CHECK(tls.cert_file == "c.pem");
  CHECK(tls.key_file == "k.pem");
  CHECK_FALSE(std::get<Options>(parse({"count"})).client.tls.enabled);
}

TEST_CASE("a bad command line is one line that names what was wrong and what is allowed") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
    const char* allowed;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "required", "heartbeat, status"},
      {{"frobnicate"}, "'frobnicate'", "heartbeat, status"},
      {{"--server", "127.0.0.1:1", "frobnicate"}, "'frobnicate'", "heartbeat, status"},
      {{"--frobnicate", "count"}, "--frobnicate", "count --help"},
      {{"status"}, "ID", "status --help"},
      {{"status", "abc"}, "'abc'", "18446744073709551615"},
      {{"status", "-1"}, "'-1'", "18446744073709551615"},
      {{"status", "18446744073709551616"}, "'18446744073709551616'", "18446744073709551615"},
      {{"status", "1", "--age", "5s"}, "--age", "status --help"},
      {{"heartbeat", "1", "--age", "5"}, "'5'", "500ms"},
      {{"--server", "nowhere", "count"}, "'nowhere'", "HOST:PORT"},
      {{"--server", "a=127.0.0.1:1,a=127.0.0.1:1", "count"}, "'a'", "every node once"},
      {{"--timeout", "soon", "count"}, "'soon'", "500ms"},
      {{"count", "3"}, "3", "count --help"},
      {{"--ca", "ca.pem", "count"}, "--ca", "--tls"},
      {{"--tls", "--cert", "a.pem", "count"}, "--cert", "--key"},
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

TEST_CASE("help and version are no errors") {
  CHECK(std::get<ParseExit>(parse({"--help"})).status == 0);
  CHECK(std::get<ParseExit>(parse({"help"})).status == 0);
  CHECK(std::get<ParseExit>(parse({"--version"})).text.find("lastbeat ") == 0);
}

TEST_CASE("a token is the one word of its file") {
  const auto path = std::filesystem::temp_directory_path() / ("lastbeat-cli-token-" + std::to_string(::getpid()));
  const std::string name = path.string();
  std::ofstream{path} << "  example-token\n";
  CHECK(std::get<Options>(parse({"--token-file", name.c_str(), "count"})).client.token == "example-token");
  std::ofstream{path} << "two words\n";
  CHECK_THROWS_WITH(parse({"count", "--token-file", name.c_str()}), Catch::Contains("more than one"));
  std::ofstream{path} << "\n";
  CHECK_THROWS_WITH(parse({"count", "--token-file", name.c_str()}),
                    Catch::Equals("--token-file " + name + ": it is empty"));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(parse({"count", "--token-file", name.c_str()}),
                    Catch::Equals("--token-file " + name + ": No such file or directory"));
  std::filesystem::create_directory(path);
  CHECK_THROWS_WITH(parse({"count", "--token-file", name.c_str()}), Catch::Contains("Is a directory"));
  std::filesystem::remove(path);
  CHECK(std::get<Options>(parse({"count"})).client.token.empty());
}
