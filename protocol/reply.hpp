// Replies and events: appended by servers, read by clients. docs/protocol.md is normative.
// Readers take a reply's payload and ignore bytes behind what they know; nullopt: too short to be that reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/frame.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace lastbeat::protocol {

// --- heartbeat, leave ---------------------------------------------------------------------------------------------

struct WriteReply {
  std::uint32_t refused = 0;  // new users over the server's --max-users; nothing was kept for them
  std::uint32_t too_old = 0;  // ids whose age is over the ttl; nothing was changed for them
  friend bool operator==(const WriteReply&, const WriteReply&) = default;
};
void append_write_reply(Buffer& out, Opcode request, std::uint16_t tag, const WriteReply& reply);
[[nodiscard]] std::optional<WriteReply> read_write_reply(std::span<const std::byte> payload) noexcept;

// --- status -------------------------------------------------------------------------------------------------------

// One user in a detailed reply.
struct DetailedStatus {
  static constexpr std::uint32_t kNoAge = (1U << 30U) - 1;  // no entry is held, so no age is known
  Presence presence = Presence::kOffline;
  std::uint32_t age_s = kNoAge;  // whole seconds since the heartbeat or leave; at most kNoAge
  friend bool operator==(const DetailedStatus&, const DetailedStatus&) = default;
};
[[nodiscard]] std::uint32_t pack(DetailedStatus status) noexcept;
[[nodiscard]] DetailedStatus unpack(std::uint32_t word) noexcept;

// Writes the payload of a compact status reply user by user: four users a byte, the first in the lowest bits.
class CompactStatusWriter {
 public:
  explicit CompactStatusWriter(Buffer& out) noexcept : out_{out} {}
  void put(Presence presence) {
    if (shift_ == 0) out_.push_back(std::byte{0});
    out_.back() |= static_cast<std::byte>(static_cast<unsigned>(presence) << shift_);
    shift_ = (shift_ + 2) % 8;
  }

 private:
  Buffer& out_;
  unsigned shift_ = 0;
};

// Bytes of a status reply for `users` users.
[[nodiscard]] constexpr std::size_t compact_status_bytes(std::size_t users) noexcept { return (users + 3) / 4; }
[[nodiscard]] constexpr std::size_t detailed_status_bytes(std::size_t users) noexcept { return users * 4; }

// User i of a status reply. Require a payload of compact_status_bytes(i + 1) or detailed_status_bytes(i + 1) at least.
[[nodiscard]] Presence compact_status_at(std::span<const std::byte> payload, std::size_t i) noexcept;
[[nodiscard]] DetailedStatus detailed_status_at(std::span<const std::byte> payload, std::size_t i) noexcept;

// --- online, count ------------------------------------------------------------------------------------------------

// One page: u64 cursor of the next page, then the ids, eight bytes each. The last page has no MORE flag.
struct OnlineReply {
  std::uint64_t next_cursor = 0;
  std::span<const std::byte> id_bytes;
};
void append_online_reply(Buffer& out, std::uint16_t tag, bool more, std::uint64_t next_cursor,
                         std::span<const UserId> ids);
[[nodiscard]] std::optional<OnlineReply> read_online_reply(std::span<const std::byte> payload) noexcept;

struct CountReply {
  std::uint64_t online = 0;
  std::uint64_t entries = 0;
  friend bool operator==(const CountReply&, const CountReply&) = default;
};
void append_count_reply(Buffer& out, std::uint16_t tag, const CountReply& reply);
[[nodiscard]] std::optional<CountReply> read_count_reply(std::span<const std::byte> payload) noexcept;

// --- hello --------------------------------------------------------------------------------------------------------

struct HelloReply {
  std::uint8_t version = kVersion;
  std::uint32_t max_payload_bytes = 0;
  std::uint32_t max_ids = 0;
  std::uint32_t ttl_s = 0;
  std::uint32_t interval_ms = 0;   // how often the server advises to send heartbeats
  std::uint32_t doubt_left_s = 0;  // how long `unknown` may still be answered; 0: not in doubt
  std::uint64_t life = 0;          // random at every start; a cursor of another life is worthless
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};
void append_hello_reply(Buffer& out, std::uint16_t tag, const HelloReply& reply);
[[nodiscard]] std::optional<HelloReply> read_hello_reply(std::span<const std::byte> payload) noexcept;

// --- auth ---------------------------------------------------------------------------------------------------------

namespace grant {
inline constexpr std::uint32_t kHeartbeat = 0x01;  // for everybody
inline constexpr std::uint32_t kStatus = 0x02;
inline constexpr std::uint32_t kAdmin = 0x04;
inline constexpr std::uint32_t kUser = 0x08;  // may beat and leave for `user`, and ask for statuses
}  // namespace grant

struct AuthReply {
  static constexpr std::uint32_t kNoEnd = 0xFFFFFFFF;
  std::uint32_t grants = 0;        // of grant::
  std::uint32_t valid_s = kNoEnd;  // how long they hold
  UserId user{};                   // kUser
  friend bool operator==(const AuthReply&, const AuthReply&) = default;
};
void append_auth_reply(Buffer& out, std::uint16_t tag, const AuthReply& reply);
[[nodiscard]] std::optional<AuthReply> read_auth_reply(std::span<const std::byte> payload) noexcept;

// --- stats, ping --------------------------------------------------------------------------------------------------

// A reply that is bytes: the text of stats (lines of "name value\n"), the echo of ping.
void append_bytes_reply(Buffer& out, Opcode request, std::uint16_t tag, std::span<const std::byte> bytes);

// --- errors and events --------------------------------------------------------------------------------------------

// u16 code, u16 zero, then the message in UTF-8.
struct ErrorReply {
  ErrorCode code{};
  std::string_view message;  // into the payload it was read from
};
void append_error_reply(Buffer& out, std::uint8_t request_opcode, std::uint16_t tag, ErrorCode code);
void append_goodbye(Buffer& out, ErrorCode code);
[[nodiscard]] std::optional<ErrorReply> read_error(std::span<const std::byte> payload) noexcept;

// What became of QUIET requests since the last notice of this connection.
struct Notice {
  ErrorCode last_code{};               // why the latest request was refused; 0 if none was refused whole
  std::uint32_t refused_requests = 0;  // refused whole: unknown flag, bad length, ...
  std::uint32_t refused_ids = 0;       // new users over --max-users
  std::uint32_t too_old_ids = 0;       // over the ttl
  friend bool operator==(const Notice&, const Notice&) = default;
};
void append_notice(Buffer& out, const Notice& notice);
[[nodiscard]] std::optional<Notice> read_notice(std::span<const std::byte> payload) noexcept;

}  // namespace lastbeat::protocol
