// What the `lastbeat` command prints, as text. The form of the lines is a contract: scripts read them.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lastbeat/client.hpp"

namespace lastbeat::cli {

enum class Format : std::uint8_t { kText, kJson };

// Every function returns whole lines.
// Text: "42 online 3s", "43 offline 51s", "44 offline left 5s", "45 offline", "46 unknown", a line a user.
// JSON: [{"user_id":"42","status":"online","left":false,"age_seconds":3},...]; age_seconds may be null.
[[nodiscard]] std::string format_statuses(std::span<const UserStatus> statuses, Format format);
// Text: "ok" when all was taken, else nothing: the error tells. JSON: {"accepted":2,"refused":0,"too_old":0}
[[nodiscard]] std::string format_write(std::size_t users, const WriteResult& result, Format format);
// Text: one id a line. JSON: {"user_ids":["42","43"]}
[[nodiscard]] std::string format_users(std::span<const UserId> users, Format format);
// Text: the number online alone. JSON: {"online":2,"entries":3}
[[nodiscard]] std::string format_count(const UserCount& count, Format format);
// Text: "name value" a line. JSON: one object; whole numbers are numbers.
[[nodiscard]] std::string format_stats(std::span<const std::pair<std::string, std::string>> stats, Format format);
// Text: "pong 123us". JSON: {"microseconds":123}
[[nodiscard]] std::string format_ping(std::chrono::nanoseconds round_trip, Format format);
// Text: "lastbeat: cannot connect ...". JSON: {"error":{"code":"connect","message":"cannot connect ..."}}
[[nodiscard]] std::string format_error(const Error& error, Format format);

}  // namespace lastbeat::cli
