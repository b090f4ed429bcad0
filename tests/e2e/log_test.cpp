// The log of a real server.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::run;
using nlohmann::json;

namespace {

// Every line, which must be a JSON object with time, level and message.
std::vector<json> parsed(const std::string& log) {
  std::vector<json> lines;
  std::istringstream text{log};
  for (std::string line; std::getline(text, line);) {
    CAPTURE(line);
    const json event = json::parse(line, nullptr, false);
    REQUIRE(event.is_object());
    for (const char* member : {"time", "level", "message"}) REQUIRE(event[member].is_string());
    lines.push_back(event);
  }
  return lines;
}

const json* find(const std::vector<json>& lines, const std::string& member) {
  for (const json& line : lines) {
    if (line.contains(member)) return &line;
  }
  return nullptr;
}

// A file that is read with --config, and can be written anew.
class ConfigFile {
 public:
  ConfigFile() = default;
  ~ConfigFile() { std::filesystem::remove(path); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  void write(const std::string& content) const { std::ofstream{path} << content; }

  const std::string path =
      (std::filesystem::temp_directory_path() / ("lastbeat-log-" + std::to_string(::getpid()) + ".toml")).string();
};

}  // namespace

TEST_CASE("with --log-format json every line of a server's life is an object") {
  Daemon daemon{{"--log-format", "json", "--max-users", "1", "--drain-time", "50ms"}};
  const std::string url = "http://" + daemon.http_address();
  REQUIRE(daemon.lastbeat({"heartbeat", "1"}).status == 0);
  const Finished refused =
      run("curl", {"-s", "-H", "X-Request-Id: my-request", "--json", R"({"user_id":424242})", url + "/heartbeat"});
  CHECK(refused.output.find("too_many_users") != std::string::npos);
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("options read again");
  daemon.process().signal(SIGTERM);
  REQUIRE(daemon.process().wait() == 0);

  const std::string log = daemon.process().output();
  CAPTURE(log);
  const std::vector<json> lines = parsed(log);
  REQUIRE(find(lines, "version") != nullptr);
  CHECK((*find(lines, "version"))["pid"].is_number());
  CHECK((*find(lines, "address"))["protocol"] == "binary");
  CHECK((*find(lines, "signal"))["signal"] == SIGTERM);
  CHECK(lines.back()["message"] == "stopped");
  const json* const failure = find(lines, "request_id");
  REQUIRE(failure != nullptr);
  CHECK((*failure)["request_id"] == "my-request");
  CHECK((*failure)["code"] == "too_many_users");
  CHECK((*failure)["level"] == "error");
  CHECK(log.find("424242") == std::string::npos);  // who it was is nobody's business
}

TEST_CASE("a failed start is told in JSON too") {
  const Daemon daemon;
  const Finished taken = run("lastbeatd", {"--listen", daemon.address(), "--log-format", "json"});
  CHECK(taken.status == 1);
  const std::vector<json> lines = parsed(taken.output);
  REQUIRE(find(lines, "reason") != nullptr);
  CHECK((*find(lines, "reason"))["level"] == "error");
}

TEST_CASE("an error that repeats is told once in a while, not every time") {
  Daemon daemon{{"--max-users", "1", "--threads", "1"}};
  REQUIRE(daemon.lastbeat({"heartbeat", "1"}).status == 0);
  const std::string body = R"({"user_id":2})";
  std::vector<std::string> requests{"-s"};
  for (int i = 0; i < 50; ++i) {
    for (const std::string& part : {std::string{"--next"}, std::string{"-s"}, std::string{"--json"}, body,
                                    "http://" + daemon.http_address() + "/heartbeat"}) {
      if (i != 0 || (part != "--next" && part != "-s")) requests.push_back(part);
    }
  }
  const std::string answers = run("curl", requests).output;
  daemon.process().signal(SIGTERM);
  REQUIRE(daemon.process().wait() == 0);
  const std::string& log = daemon.process().output();
  CAPTURE(answers, log);
  std::size_t told = 0;
  for (std::size_t at = log.find("too_many_users"); at != std::string::npos; at = log.find("too_many_users", at + 1)) {
    ++told;
  }
  CHECK(told >= 1);
  CHECK(told < 10);
}

TEST_CASE("a server that is full says so, whatever protocol the users come by") {
  Daemon daemon{{"--max-users", "1", "--log-format", "json"}};
  CHECK(daemon.lastbeat({"heartbeat", "1", "2"}).status == 1);
  daemon.process().signal(SIGTERM);
  REQUIRE(daemon.process().wait() == 0);
  const std::vector<json> lines = parsed(daemon.process().output());
  std::size_t told = 0;
  for (const json& line : lines) {
    if (line["message"].get<std::string>().starts_with("refusing new users")) ++told;
  }
  CHECK(told == 1);
}

TEST_CASE("SIGHUP reads the log level from the configuration file again") {
  const ConfigFile file;
  file.write("log-level = \"info\"\n");
  Daemon daemon{{"--config", file.path}};
  const auto hang_up = [&] { daemon.process().signal(SIGHUP); };
  file.write("log-level = \"debug\"\n");
  hang_up();
  daemon.process().read_until("log level debug");
  file.write("log-level = \"loud\"\n");
  hang_up();
  daemon.process().read_until("nothing has changed");
  file.write("log-level = \"off\"\n");
  hang_up();
  daemon.process().read_until("log level off");  // told before the log falls silent
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK(daemon.process().output().find("stopping") == std::string::npos);
}
