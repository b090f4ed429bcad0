// Puts together what is to be known about the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/counters.hpp"
#include "ops/latency_histogram.hpp"
#include "ops/report.hpp"
#include "presence/service.hpp"

namespace lastbeat {

// What the event loops have counted on all listeners of one protocol.
struct ProtocolFigures {
  std::string protocol;
  std::vector<const Counters*> counters;
  std::vector<const LatencyHistogram*> turns;
};

struct ServerFacts {
  std::uint64_t connections = 0;
  std::uint64_t max_connections = 0;
  std::chrono::nanoseconds uptime{0};
  std::chrono::system_clock::time_point started;
};

// Every number of the stats and the metrics: docs/operations.md explains each. Reads /proc; takes no lock, and the
// numbers are of about the same moment. About 20 us; see process_usage() for systems where it is more. Any thread.
[[nodiscard]] Report server_report(const PresenceService& presence, std::span<const ProtocolFigures> protocols,
                                   const ServerFacts& facts);

}  // namespace lastbeat
