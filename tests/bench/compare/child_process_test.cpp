#include "compare/child_process.hpp"

#include <csignal>
#include <sstream>
#include <system_error>

#include "compare/cores.hpp"
#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

ChildProcess shell(const std::string& script, std::optional<unsigned> cpu = {}) {
  return ChildProcess{{.program = "/bin/sh", .arguments = {"-c", script}, .cpu = cpu}};
}

std::string output_of(const std::string& script, std::optional<unsigned> cpu = {}) {
  ChildProcess child = shell(script, cpu);
  REQUIRE(child.wait(1min) == 0);
  return child.output();
}

bool exists(pid_t process) { return ::kill(process, 0) == 0; }

}  // namespace

TEST_CASE("what a child prints and how it ends") {
  ChildProcess child = shell("echo out; echo err >&2; exit 3");
  CHECK(child.wait(1min) == 3);
  CHECK_FALSE(child.is_running());
  CHECK(child.output() == "out\nerr\n");
  CHECK(shell("kill -TERM $$").wait(1min) == 128 + SIGTERM);
}

TEST_CASE("of much output the end is kept") {
  const std::string output = output_of("i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; echo last");
  CHECK(output.size() == 16 << 10);
  CHECK(output.ends_with("0123456789\nlast\n"));
}

TEST_CASE("a child that runs on is not waited for longer than asked") {
  ChildProcess child = shell("exec sleep 600");
  CHECK(child.is_running());
  CHECK_FALSE(child.wait(1ms).has_value());
}

TEST_CASE("a child ends with the object") {
  pid_t process = 0;
  {
    ChildProcess child = shell("exec sleep 600");
    ChildProcess moved = std::move(child);
    process = moved.id();
    CHECK(exists(process));
  }
  CHECK_FALSE(exists(process));
}

TEST_CASE("a program that is not there is named") {
  const ChildPlan plan{.program = "/nonexistent/program", .arguments = {}, .cpu = {}};
  CHECK_THROWS_AS(ChildProcess{plan}, std::system_error);
  CHECK_THROWS_WITH(ChildProcess{plan}, Catch::Contains("/nonexistent/program"));
}

TEST_CASE("a core that is not there is an error too") {
  const ChildPlan plan{.program = "/bin/sh", .arguments = {"-c", "exit 0"}, .cpu = 1023};
  CHECK_THROWS_AS(ChildProcess{plan}, std::system_error);
}

TEST_CASE("a child stays on its core") {
  const unsigned core = allowed_cores().back();
  std::istringstream words{output_of("grep Cpus_allowed_list /proc/self/status", core)};
  std::string name;
  std::string list;
  words >> name >> list;
  CHECK(list == std::to_string(core));
}

TEST_CASE("a child may open as many files as the system lets it, and has nothing to read") {
  CHECK(output_of("[ $(ulimit -n) = $(ulimit -Hn) ] && echo same") == "same\n");
  CHECK(output_of("cat; echo end") == "end\n");
}

TEST_CASE("a child is in a process group of its own, which a terminal does not interrupt") {
  ChildProcess child = shell("exec sleep 600");
  CHECK(::getpgid(child.id()) == child.id());
}
