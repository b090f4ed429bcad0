// lastbeat. Exit status: 0 done, 1 failed to run, 2 bad command line.
#include <exception>
#include <iostream>

#include "command/commands.hpp"
#include "command/options.hpp"

int main(int argc, char** argv) {
  try {
    const auto parsed = lastbeat::cli::parse_options(argc, argv);
    if (const auto* exit = std::get_if<lastbeat::cli::ParseExit>(&parsed)) {
      (exit->status == 0 ? std::cout : std::cerr) << exit->text;
      return exit->status;
    }
    return lastbeat::cli::run(std::get<lastbeat::cli::Options>(parsed), std::cin, std::cout, std::cerr);
  } catch (const std::exception& error) {
    std::cerr << "lastbeat: " << error.what() << '\n';
    return 1;
  }
}
