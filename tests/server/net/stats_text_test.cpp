#include "net/stats_text.hpp"

#include <array>

#include "support/catch.hpp"

using namespace lastbeat;

TEST_CASE("stats have a line a name, in order, with readings of one name added up") {
  const std::array readings{Reading{.stat = "beats", .metric = "beats_total", .value = 3},
                            Reading{.stat = "online", .metric = "", .value = 7},
                            Reading{.stat = "", .metric = "only_a_metric", .value = 5},
                            Reading{.stat = "beats", .metric = "beats_total", .value = 4}};
  CHECK(stats_text(readings) == "beats 7\nonline 7\n");
  CHECK(stats_text({}).empty());
}
