// Replies of the protocol into what clients answer, and what requests must heed. Readers take a reply's payload; false:
// it is too short to be that reply.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "lastbeat/answers.hpp"
#include "lastbeat/result.hpp"
#include "protocol/request.hpp"
#include "protocol/types.hpp"

namespace lastbeat {

using Payload = std::span<const std::byte>;

// Adds to `sum`: one call may need many requests.
[[nodiscard]] bool read_written(Payload payload, WriteResult& sum);
// Into as many places as users were asked for.
[[nodiscard]] bool read_statuses(Payload payload, std::span<Presence> into);
// The same, with ages; result[i] is about users[i]. Requires into.size() == users.size().
[[nodiscard]] bool read_statuses(Payload payload, std::span<const UserId> users, std::span<UserStatus> into);
[[nodiscard]] bool read_page(Payload payload, std::uint8_t flags, UserPage& page);
[[nodiscard]] bool read_count(Payload payload, UserCount& count);
[[nodiscard]] bool read_stats(Payload payload, Stats& stats);
[[nodiscard]] bool read_hello(Payload payload, ServerInfo& info);

// By both of the server's limits, for the widest form: an age and ids of eight bytes. At least 1.
[[nodiscard]] std::size_t most_ids_in_a_request(const ServerInfo& server) noexcept;

// kInvalidArgument: the protocol cannot say it.
[[nodiscard]] Result<std::optional<protocol::Age>> to_wire(std::optional<std::chrono::milliseconds> age);

}  // namespace lastbeat
