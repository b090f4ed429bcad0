#include "protocol/reply.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace lastbeat::protocol {
namespace {

constexpr unsigned kPresenceShift = 30;
constexpr std::size_t kWriteReplyBytes = 8;
constexpr std::size_t kCountReplyBytes = 16;
constexpr std::size_t kHelloReplyBytes = 32;
constexpr std::size_t kAuthReplyBytes = 16;
constexpr std::size_t kErrorBytes = 4;
constexpr std::size_t kNoticeBytes = 16;

void append_reply_header(Buffer& out, Opcode request, std::uint16_t tag, std::size_t length, std::uint8_t flags = 0) {
  append_header(
      out, {.opcode = reply_opcode(request), .flags = flags, .length = static_cast<std::uint32_t>(length), .tag = tag});
}

void append_error(Buffer& out, std::uint8_t opcode, std::uint16_t tag, ErrorCode code) {
  const auto message = describe(code);
  append_header(out, {.opcode = opcode,
                      .flags = reply_flag::kError,
                      .length = static_cast<std::uint32_t>(kErrorBytes + message.size()),
                      .tag = tag});
  append(out, static_cast<std::uint16_t>(code));
  append(out, std::uint16_t{0});
  append(out, as_bytes(message));
}

}  // namespace

std::string_view describe(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kUnknownOpcode:
      return "unknown opcode; this server knows 0x01 to 0x08, and 0x09 if it asks for tokens";
    case ErrorCode::kUnknownFlag:
      return "a flag that this opcode does not take";
    case ErrorCode::kBadLength:
      return "the payload's length does not fit the opcode and its flags";
    case ErrorCode::kTooManyIds:
      return "too many ids in one request; hello tells max_ids";
    case ErrorCode::kUnknownExtension:
      return "an extension of type 0x80 or above that this server does not know";
    case ErrorCode::kUnsupportedVersion:
      return "this server speaks version 1 only";
    case ErrorCode::kStoreUnavailable:
      return "the store behind this server cannot be reached; try again";
    case ErrorCode::kUnauthenticated:
      return "a valid token is needed; send it with auth";
    case ErrorCode::kForbidden:
      return "the token does not allow this";
    case ErrorCode::kUnsupported:
      return "the store behind this server cannot do that";
    case ErrorCode::kBadMagic:
      return "not a Lastbeat frame: the first byte must be 0xB1";
    case ErrorCode::kFrameTooLong:
      return "the payload is longer than this server takes; hello tells max_payload_bytes";
    case ErrorCode::kTooManyConnections:
      return "too many connections (--max-connections)";
    case ErrorCode::kIdleTimeout:
      return "no whole request within the idle timeout (--idle-timeout)";
    case ErrorCode::kSlowReader:
      return "replies were not read in time";
    case ErrorCode::kShuttingDown:
      return "the server is shutting down";
    case ErrorCode::kTooManyBadTokens:
      return "too many invalid tokens on one connection";
    case ErrorCode::kOverloaded:
      return "the server holds as many bytes of requests and replies as it may; try again";
  }
  return "unknown error";
}

void append_write_reply(Buffer& out, Opcode request, std::uint16_t tag, const WriteReply& reply) {
  // The commonest reply: in one piece.
  const std::uint64_t counts = std::uint64_t{reply.too_old} << 32U | reply.refused;
  const std::array words{
      pack(Header{.opcode = reply_opcode(request), .flags = 0, .length = kWriteReplyBytes, .tag = tag}), counts};
  append(out, std::as_bytes(std::span{words}));
}

std::optional<WriteReply> read_write_reply(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kWriteReplyBytes) return std::nullopt;
  return WriteReply{.refused = load<std::uint32_t>(payload.data()), .too_old = load<std::uint32_t>(payload.data() + 4)};
}

std::uint32_t pack(DetailedStatus status) noexcept {
  return static_cast<std::uint32_t>(status.presence) << kPresenceShift | std::min(status.age_s, DetailedStatus::kNoAge);
}

DetailedStatus unpack(std::uint32_t word) noexcept {
  return {.presence = static_cast<Presence>(word >> kPresenceShift), .age_s = word & DetailedStatus::kNoAge};
}

Presence compact_status_at(std::span<const std::byte> payload, std::size_t i) noexcept {
  assert(payload.size() >= compact_status_bytes(i + 1));
  return static_cast<Presence>(static_cast<unsigned>(payload[i / 4]) >> (i % 4 * 2) & 3U);
}

DetailedStatus detailed_status_at(std::span<const std::byte> payload, std::size_t i) noexcept {
  assert(payload.size() >= detailed_status_bytes(i + 1));
  return unpack(load<std::uint32_t>(payload.data() + i * sizeof(std::uint32_t)));
}

void append_online_reply(Buffer& out, std::uint16_t tag, bool more, std::uint64_t next_cursor,
                         std::span<const UserId> ids) {
  append_reply_header(out, Opcode::kOnline, tag, sizeof next_cursor + ids.size_bytes(),
                      more ? reply_flag::kMore : std::uint8_t{0});
  append(out, next_cursor);
  append(out, std::as_bytes(ids));
}

std::optional<OnlineReply> read_online_reply(std::span<const std::byte> payload) noexcept {
  if (payload.size() < sizeof(std::uint64_t) || payload.size() % sizeof(UserId) != 0) return std::nullopt;
  return OnlineReply{.next_cursor = load<std::uint64_t>(payload.data()),
                     .id_bytes = payload.subspan(sizeof(std::uint64_t))};
}

void append_count_reply(Buffer& out, std::uint16_t tag, const CountReply& reply) {
  append_reply_header(out, Opcode::kCount, tag, kCountReplyBytes);
  append(out, reply.online);
  append(out, reply.entries);
}

std::optional<CountReply> read_count_reply(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kCountReplyBytes) return std::nullopt;
  return CountReply{.online = load<std::uint64_t>(payload.data()), .entries = load<std::uint64_t>(payload.data() + 8)};
}

void append_hello_reply(Buffer& out, std::uint16_t tag, const HelloReply& reply) {
  append_reply_header(out, Opcode::kHello, tag, kHelloReplyBytes);
  append(out, std::uint32_t{reply.version});  // u8 version, three zero bytes
  append(out, reply.max_payload_bytes);
  append(out, reply.max_ids);
  append(out, reply.ttl_s);
  append(out, reply.interval_ms);
  append(out, reply.doubt_left_s);
  append(out, reply.life);
}

std::optional<HelloReply> read_hello_reply(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kHelloReplyBytes) return std::nullopt;
  const auto word = [&](std::size_t at) { return load<std::uint32_t>(payload.data() + at); };
  return HelloReply{.version = load<std::uint8_t>(payload.data()),
                    .max_payload_bytes = word(4),
                    .max_ids = word(8),
                    .ttl_s = word(12),
                    .interval_ms = word(16),
                    .doubt_left_s = word(20),
                    .life = load<std::uint64_t>(payload.data() + 24)};
}

void append_auth_reply(Buffer& out, std::uint16_t tag, const AuthReply& reply) {
  append_reply_header(out, Opcode::kAuth, tag, kAuthReplyBytes);
  append(out, reply.grants);
  append(out, reply.valid_s);
  append(out, static_cast<std::uint64_t>(reply.user));
}

std::optional<AuthReply> read_auth_reply(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kAuthReplyBytes) return std::nullopt;
  return AuthReply{.grants = load<std::uint32_t>(payload.data()),
                   .valid_s = load<std::uint32_t>(payload.data() + 4),
                   .user = UserId{load<std::uint64_t>(payload.data() + 8)}};
}

void append_bytes_reply(Buffer& out, Opcode request, std::uint16_t tag, std::span<const std::byte> bytes) {
  append_reply_header(out, request, tag, bytes.size());
  append(out, bytes);
}

void append_error_reply(Buffer& out, std::uint8_t request_opcode, std::uint16_t tag, ErrorCode code) {
  append_error(out, reply_opcode(request_opcode), tag, code);
}

void append_goodbye(Buffer& out, ErrorCode code) {
  append_error(out, static_cast<std::uint8_t>(Event::kGoodbye), 0, code);
}

std::optional<ErrorReply> read_error(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kErrorBytes) return std::nullopt;
  return ErrorReply{.code = ErrorCode{load<std::uint16_t>(payload.data())},
                    .message = as_text(payload.subspan(kErrorBytes))};
}

void append_notice(Buffer& out, const Notice& notice) {
  append_header(out,
                {.opcode = static_cast<std::uint8_t>(Event::kNotice), .flags = 0, .length = kNoticeBytes, .tag = 0});
  append(out, std::uint32_t{static_cast<std::uint16_t>(notice.last_code)});  // u16 code, u16 zero
  append(out, notice.refused_requests);
  append(out, notice.refused_ids);
  append(out, notice.too_old_ids);
}

std::optional<Notice> read_notice(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kNoticeBytes) return std::nullopt;
  return Notice{.last_code = ErrorCode{load<std::uint16_t>(payload.data())},
                .refused_requests = load<std::uint32_t>(payload.data() + 4),
                .refused_ids = load<std::uint32_t>(payload.data() + 8),
                .too_old_ids = load<std::uint32_t>(payload.data() + 12)};
}

}  // namespace lastbeat::protocol
