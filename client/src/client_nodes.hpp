// The nodes that a client's options name.
#pragma once

#include <vector>

#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "partition/node_lists.hpp"

namespace lastbeat {

// Empty: one server, and nothing to spread. Throws std::invalid_argument when a text is no list of nodes.
[[nodiscard]] std::vector<ClientNode> nodes_of(const ClientOptions& options);
// Throws std::invalid_argument when options.replicas is neither 1 nor 2.
[[nodiscard]] Replicas replicas_of(const ClientOptions& options);
// A client of one server was given a list.
[[nodiscard]] Error takes_no_list();

}  // namespace lastbeat
