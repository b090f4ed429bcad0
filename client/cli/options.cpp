#include "command/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <build_info.hpp>
#include <sstream>
#include <stdexcept>

#include "command/access.hpp"
#include "text/option.hpp"
#include "text/parse.hpp"

namespace lastbeat::cli {
namespace {

constexpr int kBadCommandLine = 2;

struct Raw {
  std::string server = "127.0.0.1:7230";
  std::string replicas = "1";
  std::string timeout = "5s";
  RawAccess access;
  std::string age;
  std::string interval = "1s";
  std::string tables = "0";
  std::vector<std::string> ids;
  bool json = false;
};

struct Verb {
  Command command;
  const char* name;
  const char* help;
  bool takes_ids;
  bool takes_age;
};
constexpr std::array kVerbs{
    Verb{Command::kHeartbeat, "heartbeat", "Say that users are alive", true, true},
    Verb{Command::kStatus, "status", "Ask whether users are online; one line a user", true, false},
    Verb{Command::kLeave, "leave", "Say that users have signed out", true, true},
    Verb{Command::kOnline, "online", "List everyone who is online, one id a line", false, false},
    Verb{Command::kCount, "count", "How many users are online", false, false},
    Verb{Command::kStats, "stats", "The server's counters", false, false},
    Verb{Command::kPing, "ping", "Measure one round trip", false, false},
    Verb{Command::kTop, "top", "What each node does, again and again; ^C ends it", false, false},
    Verb{Command::kId, "id", "The ids of names or UUIDs, one a line; asks no server", false, false},
};

// Options are accepted before and after the command.
void declare(CLI::App& app, Raw& raw) {
  app.add_option("--server", raw.server,
                 "HOST:PORT or unix:PATH of the server; several nodes are [NAME=]ADDRESS[*WEIGHT],...")
      ->type_name("ADDRESS")
      ->capture_default_str();
  app.add_option("--replicas", raw.replicas, "On how many of several nodes each user is kept")
      ->type_name("1|2")
      ->capture_default_str();
  app.add_option("--timeout", raw.timeout, "Give up after this long")->type_name("DURATION")->capture_default_str();
  declare_access(app, raw.access);
  app.add_flag("--json", raw.json, "Print JSON, one document a line");
  app.set_version_flag("--version", "lastbeat " + std::string{kVersionString} + " (" + std::string{kCommit} + ")");
  app.require_subcommand(1);
  app.fallthrough();
  for (const Verb& verb : kVerbs) {
    CLI::App* const sub = app.add_subcommand(verb.name, verb.help);
    if (verb.takes_ids) {
      sub->add_option("ID", raw.ids, "User ids, 0 to 18446744073709551615; - reads them from standard input")
          ->required();
    }
    if (verb.command == Command::kId) {
      sub->add_option("NAME", raw.ids, "Names or UUIDs; - reads them from standard input, one a line")->required();
    }
    if (verb.command == Command::kTop) {
      sub->add_option("--interval", raw.interval, "From one table to the next")
          ->type_name("DURATION")
          ->capture_default_str();
      sub->add_option("--tables", raw.tables, "End after so many; 0: never")->type_name("N")->capture_default_str();
    }
    if (verb.takes_age) {
      sub->add_option("--age", raw.age, "How long ago it happened, such as 1500ms")->type_name("DURATION");
    }
  }
}

int replicas(const std::string& text, std::size_t nodes) {
  const auto replicas = static_cast<int>(text::parse_number(text, "--replicas", 1, 2));
  if (nodes == 1 && replicas == 2) throw std::invalid_argument("--replicas 2 needs two nodes or more in --server");
  return replicas;
}

std::chrono::milliseconds interval(const std::string& text) {
  constexpr std::chrono::milliseconds kShortest{100};
  const auto interval = text::of_option("--interval", text, text::parse_duration);
  if (interval < kShortest)
    throw std::invalid_argument("'" + text + "' is no value for --interval; allowed: 100ms or more");
  return interval;
}

Options check(const CLI::App& app, const Raw& raw) {
  Options options;
  const std::string name = app.get_subcommands().front()->get_name();
  options.command =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return name == verb.name; })->command;
  options.client.server = raw.server;
  options.client.replicas = replicas(raw.replicas, text::of_option("--server", raw.server, parse_nodes).size());
  options.client.request_timeout = text::of_option("--timeout", raw.timeout, text::parse_duration);
  options.client.connect_timeout = options.client.request_timeout;
  options.client.connect_attempts = 1;  // whoever sits in front of it wants to know at once
  check_access(raw.access, options.client);
  options.json = raw.json;
  if (!raw.age.empty()) options.age = text::of_option("--age", raw.age, text::parse_duration);
  options.interval = interval(raw.interval);
  options.tables = text::parse_number(raw.tables, "--tables", 0, ~std::uint64_t{0});
  options.redraws = !raw.json && ::isatty(STDOUT_FILENO) == 1;
  options.users_from_stdin = raw.ids == std::vector<std::string>{"-"};
  if (options.users_from_stdin) return options;
  if (options.command == Command::kId) {
    options.names = raw.ids;
  } else {
    for (const std::string& id : raw.ids) options.users.push_back(text::parse_user_id(id));
  }
  return options;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

constexpr std::array<std::string_view, 10> kOptionsWithValue{"--interval", "--tables",     "--server", "--replicas",
                                                             "--timeout",  "--token-file", "--ca",     "--tls-name",
                                                             "--cert",     "--key"};

// The word that stands where a command belongs, if there is one: neither an option nor an option's value.
std::string word_for_command(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (std::find(kOptionsWithValue.begin(), kOptionsWithValue.end(), word) != kOptionsWithValue.end()) {
      ++i;
    } else if (!word.starts_with('-')) {
      return word;
    }
  }
  return {};
}

bool is_command(const std::string& word) {
  return std::any_of(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return word == verb.name; });
}

// "-1" would be taken for a flag: a negative number can only be meant as an id.
void refuse_negative_numbers(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.size() > 1 && argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9') {
      static_cast<void>(text::parse_user_id(argument));
    }
  }
}

}  // namespace

std::variant<Options, ParseExit> parse_options(int argc, const char* const* argv) {
  Raw raw;
  CLI::App app{"Asks and tells a Lastbeat server, or several, who is online.", "lastbeat"};
  declare(app, raw);
  try {
    refuse_negative_numbers(argc, argv);
    app.parse(argc, argv);
    return check(app, raw);
  } catch (const CLI::Success& done) {
    std::ostringstream text;
    app.exit(done, text, text);
    return ParseExit{.status = 0, .text = text.str()};
  } catch (const CLI::ParseError& error) {
    const std::string word = word_for_command(argc, argv);
    if (word == "help") return ParseExit{.status = 0, .text = app.help()};
    if (is_command(word)) {
      return ParseExit{
          .status = kBadCommandLine,
          .text = "lastbeat: " + one_line(error.what()) + "; lastbeat " + word + " --help tells what is allowed\n"};
    }
    const std::string what = word.empty() ? one_line(error.what()) : "'" + word + "' is no command";
    return ParseExit{
        .status = kBadCommandLine,
        .text = "lastbeat: " + what +
                "; allowed: heartbeat, status, leave, online, count, stats, ping, top, id; see lastbeat --help\n"};
  } catch (const std::invalid_argument& error) {
    return ParseExit{.status = kBadCommandLine, .text = "lastbeat: " + std::string{error.what()} + "\n"};
  }
}

}  // namespace lastbeat::cli
