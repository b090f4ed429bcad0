// Text from command lines, configuration files and requests into values. A function called parse_ either returns a
// value or throws std::invalid_argument whose message names the text and says in one line what is allowed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/types.hpp"

namespace lastbeat::text {

// "500ms", "30s", "5m", "24h": a whole number and a unit. At most 366 days.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

// Decimal digits and nothing else, 0 to 18446744073709551615; nullopt for any other text. The one that does not throw.
[[nodiscard]] std::optional<std::uint64_t> read_whole_number(std::string_view text) noexcept;

// Decimal digits, 0 to 18446744073709551615. No sign, no spaces.
[[nodiscard]] UserId parse_user_id(std::string_view text);

// Decimal digits within [lowest, highest]. `what` names the number in the error: "--threads".
[[nodiscard]] std::uint64_t parse_number(std::string_view text, std::string_view what, std::uint64_t lowest,
                                         std::uint64_t highest);

// Decimal seconds within [lowest, highest], with a fraction if need be: "3", "0.5". Rounded to whole milliseconds.
[[nodiscard]] std::chrono::milliseconds parse_seconds(std::string_view text, std::string_view what, double lowest,
                                                      double highest);

// Where a server listens or a client connects.
struct TcpEndpoint {
  std::string host;  // an IP address without brackets, or a name
  std::uint16_t port = 0;
  friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};
struct UnixEndpoint {
  std::string path;
  friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};
using Endpoint = std::variant<TcpEndpoint, UnixEndpoint>;

// "127.0.0.1:7230", "localhost:7230", "[::1]:7230" or "unix:/run/lastbeat.sock".
[[nodiscard]] Endpoint parse_endpoint(std::string_view text);

// The inverse of parse_endpoint.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace lastbeat::text
