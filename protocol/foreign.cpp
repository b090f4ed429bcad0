#include "protocol/foreign.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "protocol/bytes.hpp"

namespace lastbeat::protocol {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kHttpAnswer =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 75\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This port speaks Lastbeat's binary protocol, not HTTP. See docs/protocol.md";
constexpr std::string_view kRespAnswer = "-ERR this port speaks Lastbeat's binary protocol, not RESP\r\n";
// Record: alert (21), TLS 1.2; alert: fatal (2), protocol_version (70). RFC 8446, sections 5.1 and 6.
constexpr std::string_view kTlsAnswer = "\x15\x03\x03\x00\x02\x02\x46"sv;

constexpr std::array kHttpMethods{"GET "sv,   "POST "sv,    "PUT "sv,     "HEAD "sv,  "DELETE "sv,
                                  "PATCH "sv, "OPTIONS "sv, "CONNECT "sv, "TRACE "sv, "PRI "sv};

}  // namespace

std::span<const std::byte> answer_to_foreign_protocol(std::span<const std::byte> input) noexcept {
  const std::string_view text = as_text(input);
  const auto starts_with_method = [&](std::string_view method) { return text.starts_with(method); };
  if (std::any_of(kHttpMethods.begin(), kHttpMethods.end(), starts_with_method)) return as_bytes(kHttpAnswer);
  if (text.starts_with("\x16\x03"sv)) return as_bytes(kTlsAnswer);
  if (text.starts_with('*') || text.starts_with("PING")) return as_bytes(kRespAnswer);
  return {};
}

}  // namespace lastbeat::protocol
