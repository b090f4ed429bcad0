// The numbers of docs/protocol.md, version 1. They are on the wire: add, never renumber.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastbeat::protocol {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::uint8_t kMagic = 0xB1;  // 0xB: Lastbeat, 1: the version
inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::uint32_t kLargestPayload = (1U << 24U) - 1;  // what the length field can say

// Limits of a server; hello tells them to the client.
struct Limits {
  std::uint32_t max_payload_bytes = 1U << 20U;
  std::uint32_t max_ids = 1U << 16U;  // in one request, and in one page of `online`
};
inline constexpr std::size_t kMaxPingBytes = 64;
inline constexpr std::size_t kMaxTokenBytes = 4096;

// Requests are 0x01-0x3F, a reply is its request + 0x80, events are 0xC0-0xFF.
enum class Opcode : std::uint8_t {
  kHeartbeat = 0x01,
  kStatus = 0x02,
  kLeave = 0x03,
  kOnline = 0x04,
  kCount = 0x05,
  kStats = 0x06,
  kPing = 0x07,
  kHello = 0x08,
  kAuth = 0x09,
};
inline constexpr std::uint8_t kReplyBit = 0x80;
inline constexpr std::uint8_t kFirstEvent = 0xC0;

enum class Event : std::uint8_t {
  kGoodbye = 0xC0,  // why the server closes this connection; nothing follows it
  kNotice = 0xC1,   // QUIET requests that were refused since the last notice
};

// Also for an opcode that is no request: bit 6 is cleared, so that its error cannot be taken for an event.
[[nodiscard]] constexpr std::uint8_t reply_opcode(std::uint8_t request) noexcept {
  return static_cast<std::uint8_t>(kReplyBit | (request & (kReplyBit / 2U - 1U)));
}
[[nodiscard]] constexpr std::uint8_t reply_opcode(Opcode request) noexcept {
  return reply_opcode(static_cast<std::uint8_t>(request));
}

namespace request_flag {
inline constexpr std::uint8_t kWide = 0x01;    // ids of 8 bytes instead of 4
inline constexpr std::uint8_t kQuiet = 0x02;   // no reply, ever
inline constexpr std::uint8_t kAge = 0x04;     // u32 milliseconds before the ids
inline constexpr std::uint8_t kDetail = 0x08;  // status: four bytes a user instead of two bits
inline constexpr std::uint8_t kExt = 0x10;     // the payload starts with a block of extensions
}  // namespace request_flag

namespace reply_flag {
inline constexpr std::uint8_t kMore = 0x01;   // online: another page follows at the cursor
inline constexpr std::uint8_t kError = 0x02;  // the payload is a code and a message
}  // namespace reply_flag

enum class ErrorCode : std::uint16_t {
  // The connection lives; the request had no effect.
  kUnknownOpcode = 1,
  kUnknownFlag = 2,
  kBadLength = 3,
  kTooManyIds = 4,
  kUnknownExtension = 5,
  kUnsupportedVersion = 6,
  kStoreUnavailable = 7,
  kUnauthenticated = 8,
  kForbidden = 9,
  kUnsupported = 10,
  // Sent in a goodbye; the connection closes.
  kBadMagic = 64,
  kFrameTooLong = 65,
  kTooManyConnections = 66,
  kIdleTimeout = 67,
  kSlowReader = 68,
  kShuttingDown = 69,
  kTooManyBadTokens = 70,
  kOverloaded = 71,
};

// The message that goes with a code: one line that says what is allowed. Static storage.
[[nodiscard]] std::string_view describe(ErrorCode code) noexcept;

}  // namespace lastbeat::protocol
