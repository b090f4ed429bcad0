// The calls that are about no users.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "call.hpp"
#include "lastbeat/answers.hpp"
#include "typed_call.hpp"

namespace lastbeat {

using CallPtr = std::unique_ptr<Call>;

[[nodiscard]] CallPtr online_call(std::uint64_t cursor, std::uint32_t limit, ReceiverPtr<UserPage> receiver);
[[nodiscard]] CallPtr count_call(ReceiverPtr<UserCount> receiver);
[[nodiscard]] CallPtr stats_call(ReceiverPtr<Stats> receiver);
[[nodiscard]] CallPtr ping_call(ReceiverPtr<std::chrono::nanoseconds> receiver);
[[nodiscard]] CallPtr hello_call(ReceiverPtr<ServerInfo> receiver);

}  // namespace lastbeat
