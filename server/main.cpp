// lastbeatd. Exit status: 0 done, 1 failed to start or run, 2 bad command line.
#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include "log/log.hpp"
#include "server/make_store.hpp"
#include "server/options.hpp"
#include "server/server.hpp"

namespace {

namespace log = lastbeat::log;

// Of the options only the level of the log can change while the server runs: `level` is what it is, and what it
// becomes.
void reload(int argc, char** argv, log::Level& level) {
  const auto parsed = lastbeat::parse_options(argc, argv);
  if (const auto* exit = std::get_if<lastbeat::ParseExit>(&parsed)) {
    return log::error("the options cannot be read again, nothing has changed: " + exit->text, {{"reason", exit->text}});
  }
  const log::Level before = std::exchange(level, std::get<lastbeat::Options>(parsed).log_level);
  log::set_level(std::min(before, level));  // a log that falls silent says so first
  log::info("options read again: log level " + std::string{log::name_of(level)}, {{"log_level", log::name_of(level)}});
  log::set_level(level);
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = lastbeat::parse_options(argc, argv);
  if (const auto* exit = std::get_if<lastbeat::ParseExit>(&parsed)) {
    (exit->status == 0 ? std::cout : std::cerr) << exit->text;
    return exit->status;
  }
  const auto& options = std::get<lastbeat::Options>(parsed);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of one write, not of the process
  log::set_up(options.log_format, options.log_level);
  try {
    if (options.create_table) {
      lastbeat::create_table(options);
      return 0;
    }
    lastbeat::Server server{options};
    log::Level level = options.log_level;
    server.run_until_signal([&] {
      reload(argc, argv, level);
      server.reload();
    });
    return 0;
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    if (options.log_format == log::Format::kJson) {
      log::error("failed: " + reason, {{"reason", reason}});
    } else {
      std::cerr << "lastbeatd: " << reason << '\n';
    }
    return 1;
  }
}
