#include "compare/process_figures.hpp"

#include <unistd.h>

#include <sstream>
#include <system_error>
#include <thread>
#include <vector>

#include "compare/child_process.hpp"
#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

TEST_CASE("resident memory is the line Rss, in kilobytes") {
  struct Row {
    const char* text;
    std::optional<std::uint64_t> bytes;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {"55e8-7ffc ---p 00000000 00:00 0   [rollup]\nRss:     1704 kB\nPss:   370 kB\n", 1704 * 1024,
       "as Linux writes it"},
      {"Rss: 0 kB\n", 0, "nothing"},
      {"Pss: 370 kB\n", std::nullopt, "no such line"},
      {"Rss: 370 MB\n", std::nullopt, "another unit"},
      {"Rss: many kB\n", std::nullopt, "no number"},
      {"", std::nullopt, "no file"},
  }));
  INFO(row.why);
  std::istringstream text{row.text};
  CHECK(find_resident_bytes(text) == row.bytes);
}

TEST_CASE("resident memory grows with what a process touches") {
  constexpr std::size_t kBytes = std::size_t{16} << 20U;
  const std::uint64_t before = resident_bytes_of(::getpid());
  const std::vector<char> touched(kBytes, 'x');
  CHECK(resident_bytes_of(::getpid()) >= before + kBytes / 2);
  CHECK(touched.back() == 'x');
}

TEST_CASE("processor time counts all threads of a process, and those that have ended") {
  const auto before = cpu_time_of(::getpid());
  std::thread{[before] {
    while (cpu_time_of(::getpid()) < before + 20ms) {
    }
  }}.join();
  CHECK(cpu_time_of(::getpid()) >= before + 20ms);
}

TEST_CASE("of a process that has ended nothing is known") {
  ChildProcess child{{.program = "/bin/sh", .arguments = {"-c", "exit 0"}, .cpu = {}}};
  REQUIRE(child.wait(1min) == 0);
  CHECK_THROWS_AS(cpu_time_of(child.id()), std::system_error);
  CHECK_THROWS_WITH(resident_bytes_of(child.id()), Catch::Contains("smaps_rollup"));
}
