// lastbeat-bench. Exit status: 0 done, 1 failed, wrong answers or errors, 2 bad command line.
#include <csignal>
#include <exception>
#include <iostream>

#include "bench/check.hpp"
#include "bench/load.hpp"
#include "bench/options.hpp"
#include "compare/compare_run.hpp"
#include "compare/echo_server.hpp"
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
    if (const auto* compare = std::get_if<lastbeat::bench::CompareOptions>(&parsed)) {
      return lastbeat::bench::run_compare(*compare, std::cout, std::cerr);
    }
    if (const auto* echo = std::get_if<lastbeat::bench::EchoOptions>(&parsed)) {
      return lastbeat::bench::run_echo(*echo, std::cout);
    }
    const auto& exit = std::get<lastbeat::bench::ParseExit>(parsed);
    (exit.status == 0 ? std::cout : std::cerr) << exit.text;
    return exit.status;
  } catch (const std::exception& error) {
    std::cerr << "lastbeat-bench: " << error.what() << '\n';
    return 1;
  }
}
