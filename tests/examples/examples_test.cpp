// The examples do what docs/client.md says, which quotes them as they are.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::run;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("the examples in C++ and C do what they say") {
  struct Row {
    const char* program;
    const char* prints;
  };
  const auto row = GENERATE(values<Row>({{"sync", "online\noffline\n"},
                                         {"callback", "sent\nonline\n"},
                                         {"future", "2 online\n"},
                                         {"coroutine", "online\n"},
                                         {"agent", "alice is online\nalice has left\n"},
                                         {"presence", "42 online\n3159282601090220207 offline\n"}}));
  INFO(row.program);
  const Daemon daemon;
  const auto finished = run(std::string{"lastbeat_example_"} + row.program, {daemon.address()});
  CHECK(finished.output == row.prints);
  CHECK(finished.status == 0);
}

TEST_CASE("the example in Python does what it says") {
  const Daemon daemon;
  std::vector<std::string> arguments{LASTBEAT_SOURCE_DIR "/examples/presence.py", daemon.address(),
                                     LASTBEAT_SHARED_LIBRARY};
#ifdef LASTBEAT_SANITIZER_RUNTIME
  // For the interpreter alone: `python3` may be a script, and a shell does not bear every runtime. Python itself leaks.
  const auto* start =
      "import os, sys; os.environ.update(LD_PRELOAD=sys.argv[1], ASAN_OPTIONS='detect_leaks=0'); "
      "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])";
  arguments.insert(arguments.begin(), {"-c", start, LASTBEAT_SANITIZER_RUNTIME});
#endif
  const auto finished = run("python3", arguments);
  CHECK(finished.output == "['online', 'offline']\n");
  CHECK(finished.status == 0);
}

TEST_CASE("the program in docs/partitioning.md makes the page's table") {
  constexpr const char* kCheck = R"(
import re, sys
page = open(sys.argv[1]).read()
exec(re.search(r"```python\n(.*?)```", page, re.S)[1])
rows = re.findall(r"^\| `(.+?)` \| (\d+) \| (\S+) \| (\S+) \|$", page, re.M)
for nodes, user, best, second in rows:
    weights = {name: int(weight or 1) for name, _, weight in (node.partition(":") for node in nodes.split())}
    if (order(weights, int(user)) * 2)[:2] != [best, second]: print(nodes, user)
way = re.findall(r"^\| (\S+) \| ([0-9a-f]{16}) \| ([0-9a-f]{16}) \| (\d+) \|$", page, re.M)
for name, its_key, hash, far in way:
    if key(name) != int(its_key, 16) or mix(42 ^ key(name)) != int(hash, 16) or distance(int(hash, 16)) != int(far): print(name)
print(len(rows), len(way), LOG2[1], LOG2[255], sum(LOG2))
)";
  CHECK(run("python3", {"-c", kCheck, LASTBEAT_SOURCE_DIR "/docs/partitioning.md"}).output ==
        "30 2 94364 16729895 2401991109\n");
}

TEST_CASE("lastbeat id tells the id of a name and of a UUID") {
  CHECK(run("lastbeat", {"id", "alice"}).output == "3159282601090220207\n");
  CHECK(run("lastbeat", {"id", "123E4567-e89b-12d3-a456-426614174000"}).output == "2334477775755812022\n");
  CHECK(run("sh", {"-c", "printf 'alice\\nalice@example.com\\n' | " LASTBEAT_BIN_DIR "/lastbeat id -"}).output ==
        "3159282601090220207\n18414541688758211263\n");
}

TEST_CASE("an example without a server says so") {
  const auto finished = run("lastbeat_example_sync", {"127.0.0.1:1"});
  CHECK(finished.status == 1);
  CHECK(finished.output.find("cannot connect to 127.0.0.1:1") != std::string::npos);
}

TEST_CASE("the page quotes the examples as they are") {
  const std::string page = text_of(LASTBEAT_SOURCE_DIR "/docs/client.md");
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LASTBEAT_SOURCE_DIR "/examples"}) {
    if (entry.path().filename() == "CMakeLists.txt") continue;
    INFO(entry.path());
    ++examples;
    CHECK(page.find(text_of(entry.path()) + "```\n") != std::string::npos);
  }
  CHECK(examples == 7);
}
