#include "compare/outcome.hpp"

#include <algorithm>

namespace lastbeat::bench {

const PeerRuns* ScenarioOutcome::find(std::string_view peer) const noexcept {
  const auto found = std::find_if(peers.begin(), peers.end(), [&](const PeerRuns& each) { return each.peer == peer; });
  return found == peers.end() ? nullptr : &*found;
}

std::vector<double> figures_of(const PeerRuns& runs, double Run::*figure) {
  std::vector<double> figures;
  figures.reserve(runs.runs.size());
  for (const Run& run : runs.runs) figures.push_back(run.*figure);
  return figures;
}

}  // namespace lastbeat::bench
