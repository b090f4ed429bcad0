// How far a server is to be believed that was met just now.
#pragma once

#include <algorithm>
#include <string>

#include "redis/greeting.hpp"
#include "table/stamp.hpp"

namespace lastbeat::redis {

// The last second in which a server may lack what it or its forerunner was told; 0: it lacks nothing.
// `known_run_id`: of the one that was there before; empty: none was met yet.
[[nodiscard]] inline Second doubt_about(const ServerFacts& facts, const std::string& known_run_id, Second now,
                                        Second ttl) {
  if (facts.run_id == known_run_id) return 0;
  // Started anew, or a replica that took the place over, however long it has been up.
  if (!known_run_id.empty()) return now + ttl + 1;
  if (facts.uptime.count() > ttl) return 0;
  return now + ttl - static_cast<Second>(std::max<std::int64_t>(facts.uptime.count(), 0)) + 1;
}

}  // namespace lastbeat::redis
