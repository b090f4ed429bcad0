// packaging/lastbeatd.toml against the options that lastbeatd has.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "server/options.hpp"
#include "support/catch.hpp"

using namespace lastbeat;

namespace {

const std::string kShipped = LASTBEAT_SOURCE_DIR "/packaging/lastbeatd.toml";

// Options whose default is "none", or depends on the machine: the file shows an example.
const std::set<std::string> kExamples{
    "http-host",     "http-cors-origin", "threads",           "max-users",          "auth-token-file",
    "jwt-key-file",  "jwt-issuer",       "jwt-audience",      "tls-cert",           "tls-key",
    "tls-client-ca", "store-tls-ca",     "upstream",          "upstream-ca",        "upstream-cert",
    "upstream-key",  "upstream-tls",     "upstream-tls-name", "upstream-token-file"};

// Defaults that count beside an upstream alone.
const std::set<std::string> kOfASidecar{"replicas", "coalesce"};

std::variant<Options, ParseExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lastbeatd");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options with_file(const std::string& path) {
  const auto parsed = parse({"--config", path.c_str()});
  if (const auto* exit = std::get_if<ParseExit>(&parsed)) FAIL(exit->text);
  return std::get<Options>(parsed);
}

Options with_content(const std::string& content) {
  const auto path = std::filesystem::temp_directory_path() / ("shipped.toml" + std::to_string(::getpid()));
  std::ofstream{path} << content;
  Options options = with_file(path.string());
  std::filesystem::remove(path);
  return options;
}

// The lines "#name = value", without the '#'. A name that comes twice fails the test.
std::map<std::string, std::string> commented_options() {
  std::map<std::string, std::string> lines;
  std::ifstream file{kShipped};
  REQUIRE(file);
  const std::regex form{"#([a-z-]+) = .+"};
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_match(line, match, form)) continue;
    INFO(line);
    CHECK(lines.emplace(match[1], line.substr(1)).second);
  }
  return lines;
}

std::set<std::string> options_of_the_command_line() {
  std::set<std::string> names;
  const std::string help = std::get<ParseExit>(parse({"--help"})).text;
  const std::regex form{R"(\n +(?:-h, *)?--([a-z-]+))"};
  for (std::sregex_iterator next{help.begin(), help.end(), form}; next != std::sregex_iterator{}; ++next) {
    names.insert((*next)[1]);
  }
  REQUIRE(names.size() > 10);
  for (const char* const command_line_only : {"help", "version", "config", "create-table"}) {
    CHECK(names.erase(command_line_only) == 1);
  }
  return names;
}

}  // namespace

TEST_CASE("the configuration file that is installed explains every option, and no other") {
  std::set<std::string> explained;
  for (const auto& [name, line] : commented_options()) explained.insert(name);
  CHECK(explained == options_of_the_command_line());
}

TEST_CASE("as it is installed, the configuration file changes nothing") {
  CHECK(with_file(kShipped) == std::get<Options>(parse({})));
}

TEST_CASE("what the configuration file shows as a default is the default") {
  const auto lines = commented_options();
  for (const auto& [name, line] : lines) {
    if (kExamples.contains(name)) continue;
    INFO(line);
    const std::string beside = kOfASidecar.contains(name) ? lines.at("upstream") + "\n" : "";
    CHECK(with_content(beside + line + "\n") == with_content(beside));
  }
}

TEST_CASE("every option that the configuration file shows may be set as it is shown, beside others of one store") {
  std::string of_redis = "store = \"rediss://127.0.0.1\"\n";
  std::string of_a_sidecar;
  for (const auto& [name, line] : commented_options()) {
    const bool is_of_redis = name.starts_with("store-");
    const bool is_of_a_sidecar = name.starts_with("upstream") || name == "replicas";
    if (!is_of_a_sidecar && name != "store") of_redis += line + "\n";
    if (!is_of_redis) of_a_sidecar += line + "\n";
  }
#ifdef LASTBEAT_STORE_REDIS
  CHECK(std::holds_alternative<redis::Config>(with_content(of_redis).store));
#endif
  CHECK(std::holds_alternative<UpstreamOptions>(with_content(of_a_sidecar).store));
}
