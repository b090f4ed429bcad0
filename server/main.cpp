// lastbeatd. Exit status: 0 done, 1 failed to start or run, 2 bad command line.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "server/options.hpp"
#include "server/server.hpp"

int main(int argc, char** argv) {
  const auto parsed = lastbeat::parse_options(argc, argv);
  if (const auto* exit = std::get_if<lastbeat::ParseExit>(&parsed)) {
    (exit->status == 0 ? std::cout : std::cerr) << exit->text;
    return exit->status;
  }
  const auto& options = std::get<lastbeat::Options>(parsed);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of one write, not of the process
  spdlog::set_default_logger(spdlog::stderr_color_mt("lastbeatd"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  try {
    lastbeat::Server server{options};
    server.run_until_signal();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lastbeatd: " << error.what() << '\n';
    return 1;
  }
}
