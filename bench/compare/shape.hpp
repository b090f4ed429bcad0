// What the load of a scenario looks like.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/compare_options.hpp"

namespace lastbeat::bench {

struct Shape {
  std::string_view title;
  std::uint32_t connections = 1;
  std::uint32_t pipeline = 1;  // requests in flight on a connection
  std::uint32_t batch = 1;     // users in a request
  std::uint32_t heartbeat_percent = 90;
  bool has_echo = false;  // one message at a time: then the bare echo is the floor
};

// Requires one of the scenarios that put load on a server: not users and not connections.
[[nodiscard]] Shape shape_of(Scenario scenario);

}  // namespace lastbeat::bench
