// The text of a stats reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "net/counters.hpp"
#include "presence/service.hpp"

namespace lastbeat {

struct ServerFacts {
  std::uint64_t connections = 0;
  std::uint64_t max_connections = 0;
  std::chrono::nanoseconds uptime{0};
};

// Lines of "name value\n"; docs/operations.md explains every name. `counters`: one a loop, added up.
[[nodiscard]] std::string stats_report(const PresenceService& presence, std::span<const Counters* const> counters,
                                       const ServerFacts& facts);

}  // namespace lastbeat
