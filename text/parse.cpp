#include "text/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace lastbeat::text {
namespace {

constexpr std::chrono::hours kLongestDuration{366 * 24};
// sockaddr_un holds 108 bytes, the ending zero included.
constexpr std::size_t kLongestUnixPath = 107;

[[noreturn]] void refuse(std::string_view text, std::string_view what, std::string_view allowed) {
  throw std::invalid_argument("'" + std::string{text} + "' is no " + std::string{what} +
                              "; allowed: " + std::string{allowed});
}

// As short as it can be: 0.01, 3600.
std::string shortest(double number) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return {digits.data(), error == std::errc{} ? end : digits.data()};
}

}  // namespace

std::optional<std::uint64_t> read_whole_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
  constexpr std::string_view kAllowed =
      "a whole number and ms, s, m or h, at most 8784h, such as 500ms, 30s, 5m or 24h";

  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = read_whole_number(text.substr(0, digits));
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& candidate) { return candidate.name == text.substr(digits); });
  constexpr std::uint64_t kMost = std::chrono::milliseconds{kLongestDuration}.count();
  if (!number || unit == kUnits.end() || *number > kMost / unit->milliseconds) refuse(text, "duration", kAllowed);
  return std::chrono::milliseconds{*number * unit->milliseconds};
}

UserId parse_user_id(std::string_view text) {
  const auto number = read_whole_number(text);
  if (!number) refuse(text, "user id", "a whole number from 0 to 18446744073709551615");
  return UserId{*number};
}

std::uint64_t parse_number(std::string_view text, std::string_view what, std::uint64_t lowest, std::uint64_t highest) {
  const auto number = read_whole_number(text);
  if (!number || *number < lowest || *number > highest) {
    refuse(text, "value for " + std::string{what},
           "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return *number;
}

std::chrono::milliseconds parse_seconds(std::string_view text, std::string_view what, double lowest, double highest) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc{} || stopped != end || !(seconds >= lowest && seconds <= highest)) {
    refuse(text, "value for " + std::string{what}, "a number from " + shortest(lowest) + " to " + shortest(highest));
  }
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>{seconds});
}

Endpoint parse_endpoint(std::string_view text) {
  constexpr std::string_view kAllowed =
      "HOST:PORT such as 127.0.0.1:7230 or [::1]:7230, or unix:PATH (at most 107 bytes)";
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    const auto path = text.substr(kUnix.size());
    if (path.empty() || path.size() > kLongestUnixPath || path.find('\0') != std::string_view::npos) {
      refuse(text, "address", kAllowed);
    }
    return UnixEndpoint{std::string{path}};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "address", kAllowed);
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto port = read_whole_number(text.substr(colon + 1));
  // An IPv6 address without brackets could swallow the port.
  const bool ambiguous = host.find_first_of(bracketed ? "[]" : ":[]") != std::string_view::npos;
  if (host.empty() || ambiguous || !port || *port > 65535) refuse(text, "address", kAllowed);
  return TcpEndpoint{std::string{host}, static_cast<std::uint16_t>(*port)};
}

std::string to_string(const Endpoint& endpoint) {
  if (const auto* path = std::get_if<UnixEndpoint>(&endpoint)) return "unix:" + path->path;
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  const bool needs_brackets = tcp.host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port);
}

}  // namespace lastbeat::text
