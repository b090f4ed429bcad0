// Users for a server that is about to be measured.
#pragma once

#include <chrono>
#include <cstdint>

#include "bench/workload.hpp"

namespace lastbeat::bench {

// A heartbeat of each user from `first` to `end` - 1, over one connection to 127.0.0.1, whether the server knows them
// already or not; all are answered when it returns, early on SIGINT. Where the ttl travels with the key it is `ttl`. An
// echo server has no users: nothing is sent. Throws std::runtime_error when the server does not take them.
void fill(Protocol protocol, std::uint16_t port, std::uint64_t first, std::uint64_t end, std::chrono::seconds ttl);

}  // namespace lastbeat::bench
