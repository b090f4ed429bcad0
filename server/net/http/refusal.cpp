#include "http/refusal.hpp"

namespace lastbeat::http {
namespace {

constexpr bool kCloses = true;
constexpr bool kLives = false;
constexpr auto kNobody = Counter::kRefusedUnauthenticated;
constexpr auto kBadMessage = Counter::kRefusedHttpMalformed;
constexpr auto kTooLarge = Counter::kRefusedHttpTooLarge;
constexpr auto kForeign = Counter::kRefusedHttpForeign;
constexpr auto kNoSuch = Counter::kRefusedHttpNotFound;
constexpr auto kContent = Counter::kRefusedHttpContent;

constexpr std::string_view kBadRequest = "Bad Request";
constexpr std::string_view kUnauthorized = "Unauthorized";
constexpr std::string_view kUnsupported = "Not Implemented";  // the reason phrase of 501 (RFC 9110, 15.6.2)
constexpr std::string_view kUnavailable = "Service Unavailable";

}  // namespace

const RefusalText& describe(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::kNone:
      break;
    case Refusal::kMalformed: {
      static constexpr RefusalText kText{400,         kBadRequest, "malformed_request", "this is no HTTP/1.1 request",
                                         kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kFoldedField: {
      static constexpr RefusalText kText{400,         kBadRequest, "folded_header", "a header must stand on one line",
                                         kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kRepeatedField: {
      static constexpr RefusalText kText{400,
                                         kBadRequest,
                                         "repeated_header",
                                         "Authorization, Content-Type, Origin and Expect may be sent once at most",
                                         kBadMessage,
                                         kCloses};
      return kText;
    }
    case Refusal::kBadContentLength: {
      static constexpr RefusalText kText{
          400,         kBadRequest, "bad_content_length", "Content-Length must be one decimal number, sent once",
          kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kAmbiguousLength: {
      static constexpr RefusalText kText{400,
                                         kBadRequest,
                                         "ambiguous_length",
                                         "Transfer-Encoding may be sent once, over HTTP/1.1, without Content-Length",
                                         kBadMessage,
                                         kCloses};
      return kText;
    }
    case Refusal::kUnknownCoding: {
      static constexpr RefusalText kText{
          501,         kUnsupported, "unknown_transfer_coding", "the one transfer coding understood is chunked",
          kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kBadChunk: {
      static constexpr RefusalText kText{
          400, kBadRequest, "bad_chunk", "the chunked body breaks the rules of HTTP/1.1", kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kBadHost: {
      static constexpr RefusalText kText{
          400, kBadRequest, "bad_host", "exactly one valid Host header is needed", kBadMessage, kCloses};
      return kText;
    }
    case Refusal::kTargetTooLong: {
      static constexpr RefusalText kText{414,
                                         "URI Too Long",
                                         "target_too_long",
                                         "the request target is too long; allowed: 8000 bytes with its method",
                                         kTooLarge,
                                         kCloses};
      return kText;
    }
    case Refusal::kHeadersTooLarge: {
      static constexpr RefusalText kText{431,
                                         "Request Header Fields Too Large",
                                         "headers_too_large",
                                         "the headers, or the trailers, are too large; allowed: 8000 bytes",
                                         kTooLarge,
                                         kCloses};
      return kText;
    }
    case Refusal::kTooManyHeaders: {
      static constexpr RefusalText kText{431,
                                         "Request Header Fields Too Large",
                                         "too_many_headers",
                                         "there are too many headers; allowed: 100",
                                         kTooLarge,
                                         kCloses};
      return kText;
    }
    case Refusal::kBodyTooLarge: {
      static constexpr RefusalText kText{
          413, "Content Too Large", "body_too_large", "the body is too large; allowed: 2 MiB", kTooLarge, kCloses};
      return kText;
    }
    case Refusal::kExpectation: {
      static constexpr RefusalText kText{417,
                                         "Expectation Failed",
                                         "unknown_expectation",
                                         "the one expectation understood is 100-continue",
                                         kBadMessage,
                                         kCloses};
      return kText;
    }
    case Refusal::kVersion: {
      static constexpr RefusalText kText{505,
                                         "HTTP Version Not Supported",
                                         "version_not_supported",
                                         "HTTP/1.1 and HTTP/1.0 are spoken here",
                                         kBadMessage,
                                         kCloses};
      return kText;
    }
    case Refusal::kSlowRequest: {
      static constexpr RefusalText kText{
          408,    "Request Timeout", "request_timeout", "the request did not arrive in time", Counter::kRefusedHttpSlow,
          kCloses};
      return kText;
    }
    case Refusal::kShuttingDown: {
      static constexpr RefusalText kText{
          503, kUnavailable, "shutting_down", "the server is shutting down", Counter::kRefusedShuttingDown, kCloses};
      return kText;
    }
    case Refusal::kTooManyConnections: {
      static constexpr RefusalText kText{
          503,    kUnavailable, "too_many_connections", "all connections are in use", Counter::kRefusedConnections,
          kCloses};
      return kText;
    }
    case Refusal::kOverloaded: {
      static constexpr RefusalText kText{503,
                                         kUnavailable,
                                         "overloaded",
                                         "the server holds as many bytes of requests and replies as it may; try again",
                                         Counter::kRefusedOverload,
                                         kCloses};
      return kText;
    }
    case Refusal::kUnauthenticated: {
      static constexpr RefusalText kText{
          401,     kUnauthorized, "unauthenticated",           "this needs a token; send Authorization: Bearer TOKEN",
          kNobody, kLives,        R"(Bearer realm="lastbeat")"};
      return kText;
    }
    case Refusal::kBadToken: {
      static constexpr RefusalText kText{401,
                                         kUnauthorized,
                                         "invalid_token",
                                         "the token is not valid",
                                         Counter::kRefusedTokens,
                                         kLives,
                                         R"(Bearer realm="lastbeat", error="invalid_token")"};
      return kText;
    }
    case Refusal::kForbidden: {
      static constexpr RefusalText kText{403,
                                         "Forbidden",
                                         "forbidden",
                                         "the token does not allow this",
                                         Counter::kRefusedForbidden,
                                         kLives,
                                         R"(Bearer realm="lastbeat", error="insufficient_scope")"};
      return kText;
    }
    case Refusal::kForeignHost: {
      static constexpr RefusalText kText{
          421, "Misdirected Request", "foreign_host",
          "this Host is not served here; allowed: localhost, IP addresses, and the names given by --http-host",
          kForeign};
      return kText;
    }
    case Refusal::kForeignOrigin: {
      static constexpr RefusalText kText{
          403, "Forbidden", "foreign_origin",
          "pages of this origin may not change anything here; --http-cors-origin allows it", kForeign};
      return kText;
    }
    case Refusal::kUnknownMethod: {
      static constexpr RefusalText kText{501, kUnsupported, "unknown_method", "this method is unknown", kNoSuch};
      return kText;
    }
    case Refusal::kNotFound: {
      static constexpr RefusalText kText{404, "Not Found", "not_found", "there is nothing at this path", kNoSuch};
      return kText;
    }
    case Refusal::kMethodNotAllowed: {
      static constexpr RefusalText kText{405, "Method Not Allowed", "method_not_allowed",
                                         "the Allow header names the methods of this path", kNoSuch};
      return kText;
    }
    case Refusal::kNoLength: {
      static constexpr RefusalText kText{411, "Length Required", "length_required",
                                         "a POST needs Content-Length or Transfer-Encoding: chunked", kContent};
      return kText;
    }
    case Refusal::kMediaType: {
      static constexpr RefusalText kText{415, "Unsupported Media Type", "unsupported_media_type",
                                         "send JSON, with Content-Type: application/json", kContent};
      return kText;
    }
    case Refusal::kContentEncoding: {
      static constexpr RefusalText kText{415, "Unsupported Media Type", "unsupported_content_encoding",
                                         "send the body as it is, without Content-Encoding", kContent};
      return kText;
    }
    case Refusal::kMalformedJson: {
      static constexpr RefusalText kText{400, kBadRequest, "malformed_json", "the body is no JSON document", kContent};
      return kText;
    }
    case Refusal::kUnexpectedJson: {
      static constexpr RefusalText kText{
          400, kBadRequest, "unexpected_json",
          "the body must be an object with the one member user_id, or the one member user_ids with a list", kContent};
      return kText;
    }
    case Refusal::kUserId: {
      static constexpr RefusalText kText{
          400, kBadRequest, "invalid_user_id",
          "a user id is a whole number from 0 to 18446744073709551615, or a string of its decimal digits", kContent};
      return kText;
    }
    case Refusal::kTooManyIds: {
      static constexpr RefusalText kText{413, "Content Too Large", "too_many_ids",
                                         "a request may name at most 65536 users", Counter::kRefusedTooManyIds};
      return kText;
    }
    case Refusal::kQuery: {
      static constexpr RefusalText kText{400, kBadRequest, "invalid_query",
                                         "allowed: cursor, as the page before gave it, and limit, from 1 to 65536",
                                         kContent};
      return kText;
    }
    case Refusal::kNotImplemented: {
      static constexpr RefusalText kText{501, kUnsupported, "not_implemented",
                                         "this path is not served by this version, or not over its store", kNoSuch};
      return kText;
    }
    case Refusal::kNotReady: {
      static constexpr RefusalText kText{503, kUnavailable, "not_ready",
                                         "the server is starting or stopping, or its store is away",
                                         Counter::kHttpNotReady};
      return kText;
    }
    case Refusal::kTooManyUsers: {
      // Users are counted one by one, in refused_users.
      static constexpr RefusalText kText{503, kUnavailable, "too_many_users",
                                         "the server, or its store, has no room for these users; the log tells why",
                                         Counter::kRefusedHttpFull};
      return kText;
    }
    case Refusal::kStoreUnavailable: {
      static constexpr RefusalText kText{503, kUnavailable, "store_unavailable", "the store cannot be reached",
                                         Counter::kRefusedStoreUnavailable};
      return kText;
    }
  }
  static constexpr RefusalText kNothing{200, "OK", "", "", Counter::kRequestsOther};
  return kNothing;
}

}  // namespace lastbeat::http
