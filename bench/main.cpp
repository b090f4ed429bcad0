// lastbeat-bench. Exit status: 0 done, 1 failed, wrong answers or errors, 2 bad command line.
#include <csignal>
#include <exception>
#include <iostream>

#include "bench/check.hpp"
#include "bench/load.hpp"
#include "bench/options.hpp"
#include "table_bench/table_run.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const auto parsed = lastbeat::bench::parse_options(argc, argv);
    if (const auto* load = std::get_if<lastbeat::bench::LoadOptions>(&parsed)) {
      return lastbeat::bench::run_load(*load, std::cout, std::cerr);
    }
    if (const auto* check = std::get_if<lastbeat::bench::CheckOptions>(&parsed)) {
      return lastbeat::bench::run_check(*check, std::cout, std::cerr);
    }
    if (const auto* table = std::get_if<lastbeat::bench::TableOptions>(&parsed)) {
      return lastbeat::bench::run_table(*table, std::cout, std::cerr);
    }
    const auto& exit = std::get<lastbeat::bench::ParseExit>(parsed);
    (exit.status == 0 ? std::cout : std::cerr) << exit.text;
    return exit.status;
  } catch (const std::exception& error) {
    std::cerr << "lastbeat-bench: " << error.what() << '\n';
    return 1;
  }
}
