// The HTTP API of a real server, asked by curl.
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::run;

namespace {

std::string curl(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"-s", "--max-time", "60"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run("curl", all).output;
}

// What curl prints with this as its last word: the status alone.
const std::vector<std::string> kStatusOnly{"-o", "/dev/null", "-w", "%{http_code}"};

std::string status_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), kStatusOnly.begin(), kStatusOnly.end());
  return curl(arguments);
}

}  // namespace

TEST_CASE("HTTP is served on a unix socket too, and several addresses at once") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("lastbeat-http-" + std::to_string(::getpid()) + ".sock")).string();
  Daemon daemon{{"--http", "unix:" + path}};
  CHECK(curl({"--unix-socket", path, "--json", R"({"user_id":42})", "http://any.name/heartbeat"}) ==
        "{\"accepted\":1,\"refused\":0}\n");
  CHECK(curl({"http://" + daemon.http_address() + "/count"}) == "{\"online\":1,\"entries\":1}\n");
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 online"));
}

TEST_CASE("on loopback a name that is not ours is refused, and a flag makes it ours") {
  Daemon daemon{{"--http-host", "presence.test"}};
  const std::string port = daemon.http_address().substr(daemon.http_address().rfind(':') + 1);
  const auto ask_as = [&](const std::string& name) {
    return status_of({"--resolve", name + ":" + port + ":127.0.0.1", "http://" + name + ":" + port + "/count"});
  };
  CHECK(ask_as("localhost") == "200");
  CHECK(ask_as("presence.test") == "200");
  CHECK(ask_as("rebound.test") == "421");
}

TEST_CASE("names that are given are the only ones on every address, also where others go unchecked") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("lastbeat-names-" + std::to_string(::getpid()) + ".sock")).string();
  Daemon daemon{{"--http", "unix:" + path, "--http-host", "presence.test"}};
  const auto ask_as = [&](const std::string& name) {
    return status_of({"--unix-socket", path, "http://" + name + "/count"});
  };
  CHECK(ask_as("presence.test") == "200");
  CHECK(ask_as("localhost") == "200");
  CHECK(ask_as("any.name") == "421");
}

TEST_CASE("a server that is told to stop says for a while that it is not ready, then stops") {
  Daemon daemon{{"--drain-time", "60s"}};
  const std::string url = "http://" + daemon.http_address();
  CHECK(status_of({url + "/readyz"}) == "200");
  daemon.process().signal(SIGTERM);
  daemon.process().read_until("draining");
  CHECK(status_of({url + "/readyz"}) == "503");
  CHECK(status_of({url + "/healthz"}) == "200");
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
}

TEST_CASE("curl sends large bodies after asking for permission, in chunks too") {
  Daemon daemon;
  const std::string url = "http://" + daemon.http_address() + "/heartbeats";
  const std::string file =
      (std::filesystem::temp_directory_path() / ("lastbeat-body-" + std::to_string(::getpid()) + ".json")).string();
  const std::string make = R"({ printf '{"user_ids":[0'; seq -f ',"%.0f"' 65535; printf ']}'; } > )" + file;
  REQUIRE(run("sh", {"-c", make}).status == 0);
  const std::string taken = "{\"accepted\":65536,\"refused\":0}\n";
  CHECK(curl({"--json", "@" + file, "-H", "Expect: 100-continue", url}) == taken);
  CHECK(curl({"--json", "@" + file, "-H", "Transfer-Encoding: chunked", url}) == taken);
  std::filesystem::remove(file);
}

TEST_CASE("an HTTP address that other machines reach is refused, and off is none at all") {
  CHECK(run("lastbeatd", {"--http", "0.0.0.0:0"}).status == 2);
  CHECK(run("lastbeatd", {"--http", "nowhere"}).status == 2);
}
