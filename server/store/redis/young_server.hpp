// How far a server is to be believed that was met just now.
#pragma once

#include <algorithm>

#include "redis/greeting.hpp"
#include "table/stamp.hpp"

namespace lastbeat::redis {

// The last second in which a server that has been up for less than a ttl may lack what it or its forerunner was told;
// 0: it lacks nothing.
[[nodiscard]] inline Second doubt_about(const ServerFacts& facts, Second now, Second ttl) {
  if (facts.uptime.count() > ttl) return 0;
  return now + ttl - static_cast<Second>(std::max<std::int64_t>(facts.uptime.count(), 0)) + 1;
}

}  // namespace lastbeat::redis
