// What `lastbeat top` shows: what every node does, by two readings of its statistics.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "command/output.hpp"
#include "lastbeat/answers.hpp"

namespace lastbeat::cli {

struct NodeReading {
  std::string node;
  std::string error;  // why it says nothing; empty: it does
  std::uint64_t online = 0;
  std::uint64_t online_known = 1;  // 0: its store cannot tell
  std::uint64_t connections = 0;
  std::uint64_t heartbeats = 0;  // these four since its start
  std::uint64_t statuses = 0;
  std::uint64_t leaves = 0;
  std::uint64_t refused = 0;  // requests and connections, whatever the reason
  std::uint64_t p50_ns = 0;   // of the time that it takes to answer, since its start
  std::uint64_t p99_ns = 0;
  std::uint64_t rss_bytes = 0;
};

// One of each node, in the order of their names; of one server, whose names have no node in front, `server`.
[[nodiscard]] std::vector<NodeReading> readings_of(const Stats& stats, const std::string& server);

// Text: a table with a line a node and, of several, one for all of them, or for "those here" when some are not, where
// each user counts once though `replicas` nodes have them. JSON:
// {"nodes":[{"node":"a","online":2,"heartbeats_per_second":10,...},{"node":"b","error":"..."}]} Rates are since
// `before`, and 0 for a node that was not there or was restarted meanwhile. Where the store of a node cannot tell how
// many are online, that is "-", or null.
[[nodiscard]] std::string format_top(std::span<const NodeReading> before, std::span<const NodeReading> now,
                                     std::chrono::duration<double> elapsed, int replicas, Format format);

}  // namespace lastbeat::cli
