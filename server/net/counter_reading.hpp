// A counter of the listeners as stats and metrics have it.
#pragma once

#include <string_view>

#include "net/counters.hpp"
#include "ops/report.hpp"

namespace lastbeat {

// In the stats under name_of(counter). In the metrics, all labelled with the protocol:
//   lastbeat_operations_total{kind="heartbeat"}   one user's heartbeat, leave or status
//   lastbeat_requests_total{kind="heartbeat"}     of requests_*
//   lastbeat_refusals_total{reason="idle"}        of refused_*, where "http_" goes without saying
//   lastbeat_<name>_total                         all others
// So a new counter is in both once it has a name. What cannot happen on this protocol is in the stats alone.
[[nodiscard]] Reading counter_reading(Counter counter, std::string_view protocol, std::uint64_t value);

}  // namespace lastbeat
