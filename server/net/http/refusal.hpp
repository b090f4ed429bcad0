// Every way in which an HTTP request is refused: what is answered, and what is counted.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/counters.hpp"

namespace lastbeat::http {

enum class Refusal : std::uint8_t {
  kNone,
  // Where the request ends cannot be told, or nobody wants to read so much: the connection closes.
  kMalformed,
  kFoldedField,
  kRepeatedField,
  kBadContentLength,
  kAmbiguousLength,
  kUnknownCoding,
  kBadChunk,
  kBadHost,
  kTargetTooLong,
  kHeadersTooLarge,
  kTooManyHeaders,
  kBodyTooLarge,
  kExpectation,
  kVersion,
  kSlowRequest,
  kShuttingDown,
  kTooManyConnections,
  kOverloaded,
  // The connection lives.
  kUnauthenticated,
  kBadToken,
  kForbidden,
  kForeignHost,
  kForeignOrigin,
  kUnknownMethod,
  kNotFound,
  kMethodNotAllowed,
  kNoLength,
  kMediaType,
  kContentEncoding,
  kMalformedJson,
  kUnexpectedJson,
  kUserId,
  kTooManyIds,
  kQuery,
  kNotImplemented,
  kNotReady,
  kTooManyUsers,
  kStoreUnavailable,
};

// What a refusal says: {"error":{"code":...,"message":...}}. The texts need no escaping in JSON. Static storage.
struct RefusalText {
  std::uint16_t status = 0;
  std::string_view reason;  // beside the status
  std::string_view code;
  std::string_view message;
  Counter counter{};
  bool closes = false;
  std::string_view challenge{};  // WWW-Authenticate (RFC 6750, 3): what is to be sent instead
};
[[nodiscard]] const RefusalText& describe(Refusal refusal) noexcept;

}  // namespace lastbeat::http
