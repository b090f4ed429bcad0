// The head of an HTTP/1.x request: request line and headers, in bytes as they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "http/refusal.hpp"

namespace lastbeat::http {

// Bits, so that a path can tell its methods in one number.
enum class Verb : std::uint8_t {
  kGet = 1,
  kHead = 2,
  kPost = 4,
  kOptions = 8,
  kOther = 16,    // known, and never served: PUT, DELETE, TRACE, ...
  kUnknown = 32,  // not even known
};

// What matters here of a head. Views point into the input.
struct Head {
  std::size_t size_bytes = 0;  // of the head itself, its empty line included
  Verb verb = Verb::kUnknown;
  bool is_http_1_0 = false;
  bool keeps_alive = true;
  bool is_chunked = false;
  bool expects_continue = false;
  bool expects_more = false;  // something else than 100-continue
  std::optional<std::uint64_t> content_length;
  std::string_view target;
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> if_none_match;     // the last, if there are several
  std::optional<std::string_view> request_id;        // X-Request-Id, as it came; the last, if there are several
  bool is_encoded = false;                           // Content-Encoding, other than identity
  std::optional<std::string_view> requested_method;  // of a preflight
};

struct NeedMore {};
using ParsedHead = std::variant<Head, NeedMore, Refusal>;

// The request line, and all headers together, may have so many bytes. Twice this must stay below what a session moves
// to the front of its read buffer, since a head that is not whole is parsed again when more has come.
inline constexpr std::uint32_t kMostHeadBytes = 8000;
inline constexpr std::size_t kMostFields = 100;

// Parses the head at the front of `input`. Everything that two readers might understand in two ways is refused: bodies
// with two lengths, folded headers, anything repeated that must not be. Does not allocate. About 0.3 us for the head of
// a browser.
[[nodiscard]] ParsedHead parse_head(std::span<const std::byte> input);

}  // namespace lastbeat::http
