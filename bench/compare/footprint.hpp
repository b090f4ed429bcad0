// What a server's memory holds for each user and for each connection.
#pragma once

#include <iosfwd>
#include <vector>

#include "compare/outcome.hpp"

namespace lastbeat::bench {

// Starts a server of its own, lets everybody send a heartbeat, and compares its resident memory with the empty
// server's, at each of options.memory_users. After SIGINT only what was measured before it is there. Throws
// std::runtime_error when the server fails.
[[nodiscard]] std::vector<Footprint> measure_users(const Peer& peer, const CompareOptions& options, unsigned cpu);

// The same with connections that have carried one heartbeat each, when they have been idle for options.settle.
[[nodiscard]] std::vector<Footprint> measure_connections(const Peer& peer, const CompareOptions& options, unsigned cpu);

}  // namespace lastbeat::bench
