// Heartbeats of chosen users, and the one right answer to them: how a server is filled before it is measured.
#pragma once

#include <chrono>
#include <cstdint>

#include "bench/workload.hpp"
#include "protocol/types.hpp"

namespace lastbeat::bench {

struct Exchange {
  Buffer request;
  Buffer reply;  // what a server sends when it took them all
};

// Heartbeats of the users `first` to `first + count - 1`, as many requests in one piece as the protocol needs. Where
// the ttl travels with the key it is `ttl`. Echo gets one message, as long as a lastbeat heartbeat of one user.
[[nodiscard]] Exchange heartbeats_of(Protocol protocol, std::uint64_t first, std::uint32_t count,
                                     std::chrono::seconds ttl);

}  // namespace lastbeat::bench
