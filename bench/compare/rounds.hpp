// The same load on every server, round after round.
#pragma once

#include <deque>
#include <iosfwd>
#include <optional>

#include "compare/outcome.hpp"

namespace lastbeat::bench {

// The servers that take part, each on its own port; a deque, since they do not move.
using RunningPeers = std::deque<RunningPeer>;

struct RoundsPlan {
  Scenario scenario = Scenario::kSingle;
  std::optional<double> rate;
  unsigned load_cpu = 0;
};

// In each round every server gets one run. The runs of a round are cut into slices of half a second at most, and the
// servers take turns at slices: a shared machine changes its speed by a third from one second to the next, and this way
// all of them meet the same. Before a slice all users send a heartbeat when the last time was half a ttl ago, so that
// nobody is offline. A line of progress a run; what failed goes to `problems`, the first few. After SIGINT only whole
// rounds are in the outcome. Throws std::runtime_error when a server fails.
[[nodiscard]] ScenarioOutcome measure_rounds(RunningPeers& peers, const RoundsPlan& plan, const CompareOptions& options,
                                             std::vector<std::string>& problems, std::ostream& progress);

}  // namespace lastbeat::bench
