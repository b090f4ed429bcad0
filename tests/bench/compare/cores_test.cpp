#include "compare/cores.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;

TEST_CASE("servers and load get cores of their own where there are two") {
  struct Row {
    std::vector<unsigned> allowed;
    std::optional<unsigned> server;
    std::optional<unsigned> load;
    unsigned chosen_server;
    unsigned chosen_load;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {{0, 1, 2}, {}, {}, 0, 1, "the first two"},
      {{4, 7}, {}, {}, 4, 7, "a container may have others than 0 and 1"},
      {{3}, {}, {}, 3, 3, "there is one only"},
      {{0, 1, 2}, 2, {}, 2, 1, "the server's was named"},
      {{0, 1, 2}, {}, 2, 0, 2, "the load's was named"},
  }));
  INFO(row.why);
  CompareOptions options;
  options.server_cpu = row.server;
  options.load_cpu = row.load;
  const Cores cores = choose_cores(options, row.allowed);
  CHECK(cores.server == row.chosen_server);
  CHECK(cores.load == row.chosen_load);
}

TEST_CASE("a core that may not be used is named, with those that may") {
  CompareOptions options;
  options.load_cpu = 9;
  CHECK_THROWS_WITH(choose_cores(options, {0, 4}), "9 is no core for --load-cpu; allowed here: 0 4");
}

TEST_CASE("this process may use a core") { CHECK_FALSE(allowed_cores().empty()); }
