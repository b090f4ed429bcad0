// Requests: parsed by servers, appended by clients. docs/protocol.md is normative.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "protocol/bytes.hpp"
#include "protocol/frame.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace lastbeat::protocol {

// Age of a command in milliseconds; 32 bits on the wire.
using Age = std::chrono::duration<std::uint32_t, std::milli>;

// The ids of a request, read in place from the payload.
class IdList {
 public:
  IdList() = default;
  // Requires bytes.size() to be a multiple of the id size.
  IdList(std::span<const std::byte> bytes, bool wide) noexcept
      : bytes_{bytes.data()},
        wide_{wide},
        size_{bytes.size() / (wide ? sizeof(std::uint64_t) : sizeof(std::uint32_t))} {}
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] UserId operator[](std::size_t i) const noexcept {
    return UserId{wide_ ? load<std::uint64_t>(bytes_ + i * sizeof(std::uint64_t))
                        : load<std::uint32_t>(bytes_ + i * sizeof(std::uint32_t))};
  }

 private:
  const std::byte* bytes_ = nullptr;
  bool wide_ = false;
  std::size_t size_ = 0;
};

// One request; fields that its opcode does not use keep their defaults. Refers to the frame it was parsed from.
struct Request {
  Opcode opcode{};
  std::uint16_t tag = 0;
  bool quiet = false;
  bool detail = false;              // status
  std::optional<Age> age;           // heartbeat, leave
  IdList ids;                       // heartbeat, leave, status
  std::uint64_t cursor = 0;         // online: 0 starts at the beginning
  std::uint32_t page_limit = 0;     // online: 0 leaves it to the server
  std::uint8_t min_version = 0;     // hello
  std::uint8_t max_version = 0;     // hello
  std::span<const std::byte> echo;  // ping
  std::string_view token;           // auth
};

// A whole frame into a request, or why it is refused (the connection lives, the frame is skipped). Allocates nothing.
[[nodiscard]] std::variant<Request, ErrorCode> parse_request(const Frame& frame, const Limits& limits) noexcept;

struct CommandOptions {
  bool quiet = false;
  std::optional<Age> age = std::nullopt;
};

// Append one request each. Ids go out in four bytes when all of them fit, else in eight.
// Require ids.size() <= Limits::max_ids of the server (hello tells), echo.size() <= kMaxPingBytes and
// token.size() <= kMaxTokenBytes.
void append_heartbeat(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, CommandOptions options = {});
void append_leave(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, CommandOptions options = {});
enum class StatusForm : std::uint8_t { kCompact, kDetailed };
void append_status(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, StatusForm form);
void append_online(Buffer& out, std::uint16_t tag, std::uint64_t cursor, std::uint32_t page_limit);
void append_count(Buffer& out, std::uint16_t tag);
void append_stats(Buffer& out, std::uint16_t tag);
void append_ping(Buffer& out, std::uint16_t tag, std::span<const std::byte> echo = {});
void append_hello(Buffer& out, std::uint16_t tag, std::uint8_t min_version = kVersion,
                  std::uint8_t max_version = kVersion);
void append_auth(Buffer& out, std::uint16_t tag, std::string_view token);

}  // namespace lastbeat::protocol
