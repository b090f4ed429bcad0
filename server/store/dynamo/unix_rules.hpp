// The rules of server/table/rules.hpp where stamps are Unix time.
#pragma once

#include <optional>

#include "dynamo/unix_stamp.hpp"
#include "table/command.hpp"
#include "table/rules.hpp"

namespace lastbeat::dynamo {

// Two clocks at one moment.
struct Now {
  UnixTime unix_time;
  std::chrono::milliseconds server_time;  // whose seconds commands name
};

// What a heartbeat or leave writes; nullopt: it is too old to count. `held`: what is known here of this user, so that
// commands that come within a millisecond keep their order.
[[nodiscard]] std::optional<UnixStamp> stamp_of(const Command& command, UnixStamp held, Now now,
                                                const Rules& rules) noexcept;

// What a status is told. Seconds count as in the table: a user is online until the second after the last is a ttl old.
// `in_doubt`: whoever is not known to be online may be.
[[nodiscard]] Answer answer_of(UnixStamp stamp, UnixTime now, const Rules& rules, bool in_doubt) noexcept;

[[nodiscard]] bool is_too_old(UnixStamp stamp, UnixTime now, const Rules& rules) noexcept;

// The second, as DynamoDB wants it, from which nothing is to be remembered of a stamp.
[[nodiscard]] std::int64_t expiry_of(UnixStamp stamp, const Rules& rules) noexcept;

}  // namespace lastbeat::dynamo
