#include "compare/shape.hpp"

namespace lastbeat::bench {

Shape shape_of(Scenario scenario) {
  constexpr std::uint32_t kManyConnections = 64;
  constexpr std::uint32_t kSomeConnections = 8;
  constexpr std::uint32_t kFewConnections = 4;
  constexpr std::uint32_t kHeartbeatsOnly = 100;
  switch (scenario) {
    case Scenario::kPipelined:
      return {.title = "Single heartbeats, pipelined",
              .connections = kSomeConnections,
              .pipeline = 100,
              .heartbeat_percent = kHeartbeatsOnly};
    case Scenario::kBatches:
      return {.title = "Batches of users", .connections = kFewConnections, .pipeline = 4, .batch = 1000};
    case Scenario::kMixed:
      return {.title = "Heartbeats and statuses, pipelined", .connections = kSomeConnections, .pipeline = 100};
    case Scenario::kLatency:
      return {.title = "Latency at a rate that all can carry", .connections = kManyConnections, .has_echo = true};
    default:
      return {.title = "One request at a time", .connections = kManyConnections, .has_echo = true};
  }
}

}  // namespace lastbeat::bench
