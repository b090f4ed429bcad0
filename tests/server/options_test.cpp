#include "server/options.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace std::chrono_literals;

namespace {

std::variant<Options, ParseExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lastbeatd");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options good(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  if (const auto* exit = std::get_if<ParseExit>(&parsed)) FAIL(exit->text);
  return std::get<Options>(parsed);
}

ParseExit bad(std::vector<const char*> arguments) {
  const auto parsed = parse(std::move(arguments));
  REQUIRE(std::holds_alternative<ParseExit>(parsed));
  return std::get<ParseExit>(parsed);
}

const UpstreamOptions& upstream_of(const Options& options) { return std::get<UpstreamOptions>(options.store); }

std::string write_file(const char* name, const char* content) {
  const auto path = std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()));
  std::ofstream{path} << content;
  return path.string();
}

}  // namespace

TEST_CASE("without arguments the server is the documented one") {
  const Options options = good({});
  REQUIRE(options.listen.size() == 1);
  CHECK(to_string(options.listen[0]) == "127.0.0.1:7230");
  CHECK(options.threads >= 1);
  CHECK(options.ttl == 30s);
  CHECK(options.retain == 30s);
  CHECK(options.doubt_at_start == DoubtAtStart::kAuto);
  CHECK(options.max_connections == 10'000);
  CHECK(options.max_users > 1'000'000);
  CHECK(options.idle_timeout == 5min);
  CHECK(options.drain_time == 0s);
  CHECK(options.log_level == log::Level::kInfo);
  CHECK(options.log_format == log::Format::kText);
#ifdef LASTBEAT_HTTP
  REQUIRE(options.http.size() == 1);
  CHECK(to_string(options.http[0]) == "127.0.0.1:7231");
  CHECK(options.http_request_timeout == 10s);
  CHECK(options.http_hosts.empty());
  CHECK(options.http_cors_origins.empty());
#endif
}

#ifdef LASTBEAT_STORE_REDIS
TEST_CASE("a store outside is a Redis, and what goes with it is checked") {
  const auto usual = std::get<redis::Config>(good({"--store", "redis://cache"}).store);
  CHECK(usual.address.server == "cache:6379");
  CHECK(usual.prefix == "lastbeat:");
  CHECK(usual.timeout == 1s);
  CHECK(usual.backlog == 1'000'000);
  CHECK_FALSE(usual.must_answer_at_start);
  CHECK_FALSE(usual.trusts_first_data);
  CHECK(good({"--store", "redis://cache"}).coalesce == 0s);
  CHECK(good({"--store", "redis://cache", "--coalesce", "10s"}).coalesce == 10s);
  CHECK(bad({"--store", "redis://cache", "--coalesce", "16s"}).text.find("half of --ttl") != std::string::npos);
  const auto given = std::get<redis::Config>(
      good({"--store", "rediss://cache:1", "--store-prefix", "p:", "--store-timeout", "250ms", "--store-backlog", "0",
            "--store-at-start", "exit", "--store-tls-ca", "ca.pem", "--doubt-at-start", "no"})
          .store);
  CHECK(given.prefix == "p:");
  CHECK(given.timeout == 250ms);
  CHECK(given.backlog == 0);
  CHECK(given.must_answer_at_start);
  CHECK(given.trusts_first_data);
  CHECK(given.ca_file == "ca.pem");
  const std::string unknown = bad({"--store", "memcached://me:secret@x"}).text;
  CHECK(unknown.find("'memcached' is no kind of --store; allowed: memory, redis://") != std::string::npos);
  CHECK(unknown.find("secret") == std::string::npos);
  CHECK(bad({"--store", "redis://x", "--store-at-start", "wait"}).text.find("allowed: retry, exit") !=
        std::string::npos);
  CHECK(bad({"--store", "redis://x", "--store-timeout", "1ms"}).text.find("allowed: 10ms to 10s") != std::string::npos);
  CHECK(bad({"--store", "redis://x", "--store-tls-ca", "f"}).text.find("rediss://") != std::string::npos);
  CHECK(bad({"--store-prefix", "p:"}).text.find("need --store redis://") != std::string::npos);
  CHECK(bad({"--upstream", "127.0.0.1:1", "--store-backlog", "1"}).text.find("need --store redis://") !=
        std::string::npos);
}

TEST_CASE("presence is kept in one place, and two are refused without showing a password") {
  const std::string text = bad({"--upstream", "127.0.0.1:1", "--store", "redis://:secret@cache"}).text;
  CHECK(text.find("--store and --upstream") != std::string::npos);
  CHECK(text.find("allowed: one of them") != std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(std::holds_alternative<UpstreamOptions>(good({"--upstream", "127.0.0.1:1", "--store", "memory"}).store));
}
#endif

#ifdef LASTBEAT_STORE_DYNAMO
TEST_CASE("a store outside may be a table of DynamoDB, which can be made instead of serving") {
  const Options usual = good({"--store", "dynamodb://presence?region=eu-west-1"});
  CHECK_FALSE(usual.create_table);
  CHECK(std::get<dynamo::Config>(usual.store).address.table == "presence");
  CHECK(std::get<dynamo::Config>(usual.store).timeout == 1s);
  const Options given = good({"--store", "dynamodb://presence?region=eu-west-1", "--create-table", "--store-timeout",
                              "3s", "--store-backlog", "5", "--store-at-start", "exit", "--store-tls-ca", "ca.pem"});
  CHECK(given.create_table);
  CHECK(std::get<dynamo::Config>(given.store).timeout == 3s);
  CHECK(std::get<dynamo::Config>(given.store).backlog == 5);
  CHECK(std::get<dynamo::Config>(given.store).must_answer_at_start);
  CHECK(std::get<dynamo::Config>(given.store).ca_file == "ca.pem");
  CHECK(bad({"--store", "dynamodb://presence?region=eu-west-1", "--store-prefix", "p:"}).text.find("redis://") !=
        std::string::npos);
  CHECK(bad({"--store", "dynamodb://x"}).text.find("allowed: dynamodb://") != std::string::npos);
  CHECK(bad({"--create-table"}).text.find("needs --store dynamodb://") != std::string::npos);
}
#endif

TEST_CASE("options are taken as given") {
  const Options options = good({"--listen",
                                "127.0.0.1:1",
                                "--listen",
                                "unix:/tmp/x",
                                "--threads",
                                "3",
                                "--ttl",
                                "5s",
                                "--retain",
                                "1m",
                                "--doubt-at-start",
                                "yes",
                                "--max-connections",
                                "7",
                                "--max-users",
                                "9",
                                "--idle-timeout",
                                "500ms",
                                "--log-format",
                                "json",
                                "--log-level",
                                "debug"});
  CHECK(options.listen.size() == 2);
  CHECK(options.threads == 3);
  CHECK(options.ttl == 5s);
  CHECK(options.retain == 60s);
  CHECK(options.doubt_at_start == DoubtAtStart::kYes);
  CHECK(options.max_connections == 7);
  CHECK(options.max_users == 9);
  CHECK(options.idle_timeout == 500ms);
  CHECK(options.log_level == log::Level::kDebug);
  CHECK(options.log_format == log::Format::kJson);
}

#ifdef LASTBEAT_HTTP
TEST_CASE("HTTP is served where it is asked for, or nowhere") {
  const Options options = good({"--http", "127.0.0.1:1", "--http", "unix:/tmp/x", "--http-host", "a.example",
                                "--http-host", "b.example", "--http-cors-origin", "https://a.example:8443",
                                "--http-cors-origin", "*", "--http-request-timeout", "500ms", "--drain-time", "1m"});
  CHECK(options.http.size() == 2);
  CHECK(options.http_hosts == std::vector<std::string>{"a.example", "b.example"});
  CHECK(options.http_cors_origins == std::vector<std::string>{"https://a.example:8443", "*"});
  CHECK(options.http_request_timeout == 500ms);
  CHECK(options.drain_time == 1min);
  CHECK(good({"--http", "off"}).http.empty());
  CHECK(bad({"--http", "7231"}).text.find("HOST:PORT") != std::string::npos);
  CHECK(bad({"--http", "0.0.0.0:7231"}).text.find("--insecure") != std::string::npos);
  CHECK(bad({"--http", "127.0.0.1:1", "--http", "off"}).text.find("'off'") != std::string::npos);
}
#endif

TEST_CASE("retain follows the ttl unless it is given") { CHECK(good({"--ttl", "2m"}).retain == 2min); }

TEST_CASE("a bad command line is one line that names what was wrong and what is allowed") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
    const char* allowed;
  };
  const auto row = GENERATE(values<Row>({
      {{"--no-such-flag"}, "--no-such-flag", "--help"},
      {{"stray"}, "stray", "--help"},
      {{"--ttl"}, "--ttl", "--help"},
      {{"--ttl", "5"}, "'5'", "30s"},
      {{"--ttl", "1.5s"}, "'1.5s'", "30s"},
      {{"--ttl", "1500ms"}, "'1500ms'", "whole seconds"},
      {{"--ttl", "0s"}, "'0s'", "1s"},
      {{"--ttl", "25h"}, "'25h'", "86400s"},
      {{"--ttl", "30s", "--retain", "29s"}, "'29s'", "30s"},
      {{"--ttl", "5x"}, "--ttl: '5x'", "5m"},
      {{"--drain-time", "5x"}, "--drain-time: '5x'", "5m"},
      {{"--listen", "7230"}, "--listen: '7230'", "HOST:PORT"},
      {{"--listen", "127.0.0.1:65536"}, "'127.0.0.1:65536'", "HOST:PORT"},
      {{"--listen", "nowhere.example:1"}, "--listen: 'nowhere.example", "IPv4"},
      {{"--listen", "0.0.0.0:7230"}, "0.0.0.0:7230", "--insecure"},
      {{"--listen", "unix:"}, "'unix:'", "unix:PATH"},
      {{"--http-host", "a.example:80"}, "'a.example:80'", "without a port"},
      {{"--http-cors-origin", "a.example"}, "'a.example'", "https://app.example"},
      {{"--http-cors-origin", "https://a.example/"}, "'https://a.example/'", "https://app.example"},
      {{"--http-request-timeout", "soon"}, "--http-request-timeout: 'soon'", "5m"},
      {{"--drain-time", "2h"}, "'2h'", "1h"},
      {{"--threads", "0"}, "--threads", "from 1"},
      {{"--threads", "two"}, "'two'", "from 1"},
      {{"--max-connections", "-1"}, "'-1'", "from 1"},
      {{"--max-users", "99999999999999999999"}, "--max-users", "from 1"},
      {{"--doubt-at-start", "maybe"}, "'maybe'", "auto, yes, no"},
      {{"--idle-timeout", "soon"}, "--idle-timeout: 'soon'", "5m"},
      {{"--log-level", "loud"}, "'loud'", "trace, debug"},
      {{"--log-format", "xml"}, "'xml'", "text, json"},
  }));
  const ParseExit exit = bad(row.arguments);
  CAPTURE(exit.text);
  CHECK(exit.status == 2);
  CHECK(exit.text.find(row.named) != std::string::npos);
  CHECK(exit.text.find(row.allowed) != std::string::npos);
  CHECK(std::count(exit.text.begin(), exit.text.end(), '\n') == 1);
  CHECK(exit.text.back() == '\n');
}

TEST_CASE("with servers upstream this is a sidecar") {
  CHECK(std::holds_alternative<InMemory>(good({}).store));
  const Options usual = good({"--upstream", "127.0.0.1:1"});
  CHECK(upstream_of(usual).replicas == 1);
  CHECK(usual.coalesce == 1s);
  CHECK(usual.max_users == 4'000'000);
  CHECK(good({"--upstream", "127.0.0.1:1", "--ttl", "1s"}).coalesce == 500ms);

  const std::string token = write_file("lastbeat-upstream-token-", "secret\n");
  const Options options = good({"--upstream", "a=127.0.0.1:1*2,127.0.0.1:2", "--upstream", "unix:/tmp/x", "--replicas",
                                "2", "--coalesce", "15s", "--max-users", "7", "--upstream-token-file", token.c_str()});
  CHECK(options.max_users == 7);
  const ClientOptions client = upstream_client(upstream_of(options));
  REQUIRE(client.nodes.size() == 3);
  CHECK(client.nodes[0].name == "a");
  CHECK(client.nodes[0].weight == 2);
  CHECK(client.nodes[2].server == "unix:/tmp/x");
  CHECK(client.replicas == 2);
  CHECK(client.token == "secret");
  CHECK_FALSE(client.tls.enabled);
  std::filesystem::remove(token);
  CHECK_THROWS_WITH(upstream_client(upstream_of(options)),
                    Catch::Equals("--upstream-token-file " + token + ": No such file or directory"));
}

TEST_CASE("a bad command line of a sidecar is one line that names what was wrong and what is allowed") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
  };
  const auto row = GENERATE(values<Row>({
      {{"--replicas", "1"}, "--upstream"},
      {{"--coalesce", "1s"}, "--upstream"},
      {{"--upstream-token-file", "a"}, "--upstream"},
      {{"--upstream-tls"}, "--upstream"},
      {{"--upstream", "nowhere"}, "--upstream: 'nowhere'"},
      {{"--upstream", "127.0.0.1:1", "--coalesce", "soon"}, "--coalesce: 'soon'"},
      {{"--upstream", "127.0.0.1:1,"}, "HOST:PORT"},
      {{"--upstream", "127.0.0.1:1,127.0.0.1:1"}, "twice"},
      {{"--upstream", "127.0.0.1:1,127.0.0.1:2", "--listen", "127.0.0.1:2"}, "itself"},
      {{"--upstream", "a=localhost:2", "--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2"}, "itself"},
      {{"--upstream", "127.0.0.2:2", "--listen", "0.0.0.0:2", "--insecure"}, "itself"},
      {{"--upstream", "unix:/tmp/lastbeat-own", "--listen", "unix:/tmp/lastbeat-own"}, "itself"},
      {{"--upstream", "127.0.0.1:1", "--replicas", "2"}, "two nodes"},
      {{"--upstream", "127.0.0.1:1,127.0.0.1:2", "--replicas", "3"}, "--replicas"},
      {{"--upstream", "127.0.0.1:1", "--coalesce", "99ms"}, "100ms to half of --ttl"},
      {{"--upstream", "127.0.0.1:1", "--coalesce", "15001ms"}, "15000ms"},
      {{"--upstream", "127.0.0.1:1", "--doubt-at-start", "yes"}, "auto, no"},
      {{"--upstream", "127.0.0.1:1", "--upstream-ca", "a"}, "--upstream-tls"},
      {{"--upstream", "127.0.0.1:1", "--upstream-tls", "--upstream-cert", "a"}, "--upstream-key"},
  }));
  const ParseExit exit = bad(row.arguments);
  CAPTURE(exit.text);
  CHECK(exit.status == 2);
  CHECK(exit.text.find(row.named) != std::string::npos);
  CHECK(std::count(exit.text.begin(), exit.text.end(), '\n') == 1);
}

TEST_CASE("an address that other machines reach is served with --insecure only") {
  CHECK(good({"--listen", "0.0.0.0:7230", "--insecure"}).listen.size() == 1);
}

TEST_CASE("options come from a file too, and the command line wins") {
  const std::string path =
      write_file("lastbeat-options-", "ttl = \"7s\"\nthreads = 2\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n");
  const Options options = good({"--config", path.c_str(), "--threads", "4"});
  CHECK(options.ttl == 7s);
  CHECK(options.threads == 4);
  CHECK(options.listen.size() == 2);
  std::filesystem::remove(path);
}

TEST_CASE("a file with an unknown key is refused, one that cannot be read is a failed start") {
  const std::string path = write_file("lastbeat-bad-options-", "tttl = \"7s\"\n");
  CHECK(bad({"--config", path.c_str()}).status == 2);
  CHECK(bad({"--config", path.c_str()}).text.find("--config: 'tttl' is no option") != std::string::npos);
  std::filesystem::remove(path);
  CHECK(bad({"--config", path.c_str()}).status == 1);
  CHECK(bad({"--config", path.c_str()}).text.find(path) != std::string::npos);
}

TEST_CASE("an option that stands twice in a file is refused, together or apart") {
  for (const char* const between : {"", "log-level = \"info\"\n", "# ttl = \"1s\"\n"}) {
    CAPTURE(between);
    const std::string path =
        write_file("lastbeat-twice-", std::string{"ttl = \"7s\"\n"}.append(between).append("ttl = \"7s\"\n").c_str());
    CHECK(bad({"--config", path.c_str()}).status == 2);
    CHECK(bad({"--config", path.c_str()}).text.find("'ttl' stands there twice") != std::string::npos);
    std::filesystem::remove(path);
  }
}

TEST_CASE("help and version are no errors") {
  CHECK(bad({"--help"}).status == 0);
  CHECK(bad({"--help"}).text.find("--listen") != std::string::npos);
  CHECK(bad({"--version"}).status == 0);
  CHECK(bad({"--version"}).text.find("lastbeatd") != std::string::npos);
}

#ifdef LASTBEAT_AUTH
TEST_CASE("tokens and keys are files, and what has them may be reached from outside") {
  const Options options = good({"--auth-token-file", "a", "--auth-token-file", "b", "--jwt-key-file", "plain.pem",
                                "--jwt-key-file", "2024-1=/etc/key.pem", "--jwt-key-file", "./odd=name.pem",
                                "--jwt-issuer", "us", "--jwt-audience", "here", "--listen", "0.0.0.0:0"});
  CHECK(options.auth.is_on());
  CHECK(options.auth.token_files == std::vector<std::string>{"a", "b"});
  REQUIRE(options.auth.key_files.size() == 3);
  CHECK(options.auth.key_files[0].kid.empty());
  CHECK(options.auth.key_files[0].path == "plain.pem");
  CHECK(options.auth.key_files[1].kid == "2024-1");
  CHECK(options.auth.key_files[1].path == "/etc/key.pem");
  CHECK(options.auth.key_files[2].kid.empty());
  CHECK(options.auth.key_files[2].path == "./odd=name.pem");
  CHECK(options.auth.issuer == "us");
  CHECK(options.auth.audience == "here");
  CHECK_FALSE(good({}).auth.is_on());
  CHECK(bad({"--jwt-issuer", "us"}).text.find("--jwt-key-file") != std::string::npos);
  for (const char* key : {"=path", "kid=", ""}) CHECK(bad({"--jwt-key-file", key}).status == 2);
}
#endif

#ifdef LASTBEAT_TLS
TEST_CASE("certificates are files, and one asked of clients lets them come from outside") {
  const Options options =
      good({"--tls-cert", "a.pem", "--tls-key", "a.key", "--tls-client-ca", "ca.pem", "--listen", "0.0.0.0:0"});
  CHECK(options.tls.is_on());
  CHECK(options.tls.cert_file == "a.pem");
  CHECK(options.tls.key_file == "a.key");
  CHECK(options.tls.client_ca_file == "ca.pem");
  CHECK_FALSE(good({}).tls.is_on());
  CHECK(bad({"--tls-cert", "a.pem"}).text.find("--tls-key") != std::string::npos);
  CHECK(bad({"--tls-key", "a.key"}).text.find("--tls-cert") != std::string::npos);
  CHECK(bad({"--tls-client-ca", "ca.pem"}).text.find("--tls-cert") != std::string::npos);
  // Encryption alone lets nobody in who could not come before.
  CHECK(bad({"--tls-cert", "a.pem", "--tls-key", "a.key", "--listen", "0.0.0.0:0"}).status == 2);
}
#endif
