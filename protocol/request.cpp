#include "protocol/request.hpp"

#include <limits>

namespace lastbeat::protocol {
namespace {

using namespace request_flag;

constexpr std::size_t kOnlineBytes = 12;  // u64 cursor, u32 limit
constexpr std::size_t kHelloBytes = 2;    // u8 lowest version, u8 highest version
// Extension types below this are hints that a receiver may ignore; the rest must be understood.
constexpr auto kFirstCriticalExtension = std::byte{0x80};

// What the flags of a known opcode may be; nullopt: no such opcode.
std::optional<std::uint8_t> allowed_flags(std::uint8_t opcode) noexcept {
  switch (Opcode{opcode}) {
    case Opcode::kHeartbeat:
    case Opcode::kLeave:
      return kWide | kQuiet | kAge | kExt;
    case Opcode::kStatus:
      return kWide | kDetail | kExt;
    case Opcode::kOnline:
    case Opcode::kCount:
    case Opcode::kStats:
    case Opcode::kPing:
    case Opcode::kHello:
    case Opcode::kAuth:
      return kExt;
  }
  return std::nullopt;
}

// Reads a payload from front to back.
class PayloadReader {
 public:
  explicit PayloadReader(std::span<const std::byte> payload) noexcept : left_{payload} {}

  template <std::unsigned_integral T>
  std::optional<T> take() noexcept {
    if (left_.size() < sizeof(T)) return std::nullopt;
    const T value = load<T>(left_.data());
    left_ = left_.subspan(sizeof(T));
    return value;
  }
  std::optional<std::span<const std::byte>> take_bytes(std::size_t size) noexcept {
    if (left_.size() < size) return std::nullopt;
    const auto bytes = left_.first(size);
    left_ = left_.subspan(size);
    return bytes;
  }
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return left_; }

 private:
  std::span<const std::byte> left_;
};

// Skips the extension block: u16 length, then {u8 type, u8 length, bytes} entries. Version 1 defines none.
std::optional<ErrorCode> skip_extensions(PayloadReader& reader) noexcept {
  const auto size = reader.take<std::uint16_t>();
  if (!size) return ErrorCode::kBadLength;
  const auto block = reader.take_bytes(*size);
  if (!block) return ErrorCode::kBadLength;
  for (PayloadReader entries{*block}; !entries.rest().empty();) {
    const auto type = entries.take<std::uint8_t>();
    const auto length = entries.take<std::uint8_t>();
    if (!length || !entries.take_bytes(*length)) return ErrorCode::kBadLength;
    if (std::byte{*type} >= kFirstCriticalExtension) return ErrorCode::kUnknownExtension;
  }
  return std::nullopt;
}

std::optional<ErrorCode> parse_ids(PayloadReader& reader, std::uint8_t flags, const Limits& limits,
                                   Request& request) noexcept {
  if ((flags & kAge) != 0) {
    const auto age = reader.take<std::uint32_t>();
    if (!age) return ErrorCode::kBadLength;
    request.age = Age{*age};
  }
  const bool wide = (flags & kWide) != 0;
  const std::size_t id_bytes = wide ? 8 : 4;
  if (reader.rest().size() % id_bytes != 0) return ErrorCode::kBadLength;
  request.ids = IdList{reader.rest(), wide};
  if (request.ids.size() > limits.max_ids) return ErrorCode::kTooManyIds;
  return std::nullopt;
}

// The rest of the payload must be exactly what the opcode wants.
std::optional<ErrorCode> parse_fixed(PayloadReader& reader, Request& request) noexcept {
  const auto rest = reader.rest();
  switch (request.opcode) {
    case Opcode::kOnline:
      if (rest.size() != kOnlineBytes) return ErrorCode::kBadLength;
      request.cursor = load<std::uint64_t>(rest.data());
      request.page_limit = load<std::uint32_t>(rest.data() + sizeof(std::uint64_t));
      return std::nullopt;
    case Opcode::kHello:
      if (rest.size() != kHelloBytes) return ErrorCode::kBadLength;
      request.min_version = load<std::uint8_t>(rest.data());
      request.max_version = load<std::uint8_t>(rest.data() + 1);
      if (request.min_version > kVersion || request.max_version < kVersion) return ErrorCode::kUnsupportedVersion;
      return std::nullopt;
    case Opcode::kPing:
      if (rest.size() > kMaxPingBytes) return ErrorCode::kBadLength;
      request.echo = rest;
      return std::nullopt;
    case Opcode::kAuth:
      if (rest.empty() || rest.size() > kMaxTokenBytes) return ErrorCode::kBadLength;
      request.token = as_text(rest);
      return std::nullopt;
    default:
      return rest.empty() ? std::nullopt : std::optional{ErrorCode::kBadLength};
  }
}

std::optional<ErrorCode> parse(const Frame& frame, const Limits& limits, Request& request) noexcept {
  const std::uint8_t flags = frame.header.flags;
  const auto allowed = allowed_flags(frame.header.opcode);
  if (!allowed) return ErrorCode::kUnknownOpcode;
  if ((flags & ~*allowed) != 0) return ErrorCode::kUnknownFlag;

  request.opcode = Opcode{frame.header.opcode};
  request.tag = frame.header.tag;
  request.quiet = (flags & kQuiet) != 0;
  request.detail = (flags & kDetail) != 0;

  PayloadReader reader{frame.payload};
  if ((flags & kExt) != 0) {
    if (const auto error = skip_extensions(reader)) return error;
  }
  const bool has_ids =
      request.opcode == Opcode::kHeartbeat || request.opcode == Opcode::kLeave || request.opcode == Opcode::kStatus;
  return has_ids ? parse_ids(reader, flags, limits, request) : parse_fixed(reader, request);
}

void append_ids(Buffer& out, Opcode opcode, std::uint16_t tag, std::uint8_t flags, std::optional<Age> age,
                std::span<const UserId> ids) {
  std::uint64_t all_bits = 0;
  for (const UserId id : ids) all_bits |= static_cast<std::uint64_t>(id);
  const bool wide = all_bits > std::numeric_limits<std::uint32_t>::max();
  if (wide) flags |= kWide;
  if (age) flags |= kAge;
  const std::size_t id_bytes = wide ? 8 : 4;
  const std::size_t length = (age ? sizeof(std::uint32_t) : 0) + ids.size() * id_bytes;
  const Header header{.opcode = static_cast<std::uint8_t>(opcode),
                      .flags = flags,
                      .length = static_cast<std::uint32_t>(length),
                      .tag = tag};
  const std::size_t start = out.size();
  out.resize(start + kHeaderBytes + length);
  std::byte* at = store(out.data() + start, pack(header));
  if (age) at = store(at, age->count());
  if (wide) {
    std::memcpy(at, ids.data(), ids.size_bytes());
    return;
  }
  for (const UserId id : ids) at = store(at, static_cast<std::uint32_t>(id));
}

void append_bytes(Buffer& out, Opcode opcode, std::uint16_t tag, std::span<const std::byte> bytes) {
  append_header(out, {.opcode = static_cast<std::uint8_t>(opcode),
                      .flags = 0,
                      .length = static_cast<std::uint32_t>(bytes.size()),
                      .tag = tag});
  append(out, bytes);
}

void append_empty(Buffer& out, Opcode opcode, std::uint16_t tag) {
  append_header(out, {.opcode = static_cast<std::uint8_t>(opcode), .flags = 0, .length = 0, .tag = tag});
}

}  // namespace

std::variant<Request, ErrorCode> parse_request(const Frame& frame, const Limits& limits) noexcept {
  // One variable that every return names, so that it is built where the caller wants it: copying it took a seventh of a
  // pipelined heartbeat.
  std::variant<Request, ErrorCode> result;
  if (const auto error = parse(frame, limits, std::get<Request>(result))) result = *error;
  return result;
}

void append_heartbeat(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, CommandOptions options) {
  append_ids(out, Opcode::kHeartbeat, tag, options.quiet ? kQuiet : std::uint8_t{0}, options.age, ids);
}

void append_leave(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, CommandOptions options) {
  append_ids(out, Opcode::kLeave, tag, options.quiet ? kQuiet : std::uint8_t{0}, options.age, ids);
}

void append_status(Buffer& out, std::uint16_t tag, std::span<const UserId> ids, StatusForm form) {
  append_ids(out, Opcode::kStatus, tag, form == StatusForm::kDetailed ? kDetail : std::uint8_t{0}, std::nullopt, ids);
}

void append_online(Buffer& out, std::uint16_t tag, std::uint64_t cursor, std::uint32_t page_limit) {
  append_header(out,
                {.opcode = static_cast<std::uint8_t>(Opcode::kOnline), .flags = 0, .length = kOnlineBytes, .tag = tag});
  append(out, cursor);
  append(out, page_limit);
}

void append_count(Buffer& out, std::uint16_t tag) { append_empty(out, Opcode::kCount, tag); }

void append_stats(Buffer& out, std::uint16_t tag) { append_empty(out, Opcode::kStats, tag); }

void append_ping(Buffer& out, std::uint16_t tag, std::span<const std::byte> echo) {
  append_bytes(out, Opcode::kPing, tag, echo);
}

void append_hello(Buffer& out, std::uint16_t tag, std::uint8_t min_version, std::uint8_t max_version) {
  append_header(out,
                {.opcode = static_cast<std::uint8_t>(Opcode::kHello), .flags = 0, .length = kHelloBytes, .tag = tag});
  append(out, min_version);
  append(out, max_version);
}

void append_auth(Buffer& out, std::uint16_t tag, std::string_view token) {
  append_bytes(out, Opcode::kAuth, tag, as_bytes(token));
}

}  // namespace lastbeat::protocol
