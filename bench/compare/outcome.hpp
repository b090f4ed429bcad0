// What a comparison found out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/compare_options.hpp"
#include "compare/peer.hpp"
#include "compare/shape.hpp"

namespace lastbeat::bench {

// One load on one server. An operation is one user's heartbeat or status, however many share a request.
struct Run {
  double seconds = 0;
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  double operations_per_second = 0;
  double server_us_per_operation = 0;  // processor time
  double server_share = 0;             // of a core, 0 to 1
  double load_share = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
};

struct PeerRuns {
  std::string peer;
  std::vector<Run> runs;  // one a round: run i of every peer belongs to the same round
};

struct ScenarioOutcome {
  Scenario scenario = Scenario::kSingle;
  Shape shape;
  std::optional<double> rate;  // operations a second; empty: as fast as the server answers
  std::vector<PeerRuns> peers;

  // Null when it took no part.
  [[nodiscard]] const PeerRuns* find(std::string_view peer) const noexcept;
};

// Resident memory that came with users, or with connections, divided by their number.
struct Footprint {
  std::string peer;
  std::uint64_t count = 0;
  double bytes_each = 0;
};

struct CompareOutcome {
  Peers peers;
  unsigned server_cpu = 0;
  unsigned load_cpu = 0;
  std::vector<ScenarioOutcome> scenarios;
  std::vector<Footprint> users;
  std::vector<Footprint> connections;
  std::vector<std::string> problems;  // errors of runs, a line each, the first few
};

// Figure by figure of one server's runs: figures_of(runs, &Run::p50_us).
[[nodiscard]] std::vector<double> figures_of(const PeerRuns& runs, double Run::*figure);

}  // namespace lastbeat::bench
