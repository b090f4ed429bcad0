// Calls that are about no users, over several nodes: all of them are asked, and what they say is added up.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "lastbeat/answers.hpp"
#include "spread_call.hpp"

namespace lastbeat {

using SpreadPtr = std::shared_ptr<SpreadCall>;

// The sums, each user counted once: with two replicas half of what the nodes hold. An error when a node is missing.
[[nodiscard]] SpreadPtr spread_count(ReceiverPtr<UserCount> receiver);
// Each node's, with its name and a slash in front; "NAME/error" of one that is missing.
[[nodiscard]] SpreadPtr spread_stats(ReceiverPtr<Stats> receiver);
// The slowest. An error when a node is missing.
[[nodiscard]] SpreadPtr spread_ping(ReceiverPtr<std::chrono::nanoseconds> receiver);
// The smallest limits and times and the longest doubt of those that are there; `life` is another one when one of theirs
// is.
[[nodiscard]] SpreadPtr spread_hello(ReceiverPtr<ServerInfo> receiver);
// Each node's own, in the order of their names. Not an error when nodes are missing: theirs stand in their places.
[[nodiscard]] SpreadPtr spread_nodes(ReceiverPtr<std::vector<NodeInfo>> receiver);
// Page by page, node by node, each user once. A missing node is an error, unless it is the only one and all its users
// have another.
[[nodiscard]] SpreadPtr spread_online(std::uint64_t cursor, std::uint32_t limit, ReceiverPtr<UserPage> receiver);

}  // namespace lastbeat
