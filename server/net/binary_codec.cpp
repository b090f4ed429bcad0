#include "net/binary_codec.hpp"

#include <algorithm>

#include "protocol/foreign.hpp"
#include "protocol/frame.hpp"

namespace lastbeat {
namespace {

using protocol::ErrorCode;
using protocol::Opcode;

// Bounds on one batch, so that a flood of small requests neither starves other connections nor piles up replies.
constexpr std::size_t kMostCommands = std::size_t{1} << 17U;
constexpr std::size_t kMostReplies = std::size_t{1} << 15U;

constexpr std::chrono::seconds kNoticeInterval{1};
constexpr std::uint32_t kHeartbeatsPerTtl = 3;  // what hello advises: two may get lost

Counter counter_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kUnknownOpcode:
      return Counter::kRefusedUnknownOpcode;
    case ErrorCode::kUnknownFlag:
      return Counter::kRefusedUnknownFlag;
    case ErrorCode::kBadLength:
      return Counter::kRefusedBadLength;
    case ErrorCode::kTooManyIds:
      return Counter::kRefusedTooManyIds;
    case ErrorCode::kUnknownExtension:
      return Counter::kRefusedUnknownExtension;
    case ErrorCode::kUnsupportedVersion:
      return Counter::kRefusedVersion;
    case ErrorCode::kStoreUnavailable:
      return Counter::kRefusedStoreUnavailable;
    case ErrorCode::kBadMagic:
      return Counter::kRefusedBadMagic;
    case ErrorCode::kFrameTooLong:
      return Counter::kRefusedFrameTooLong;
    case ErrorCode::kTooManyConnections:
      return Counter::kRefusedConnections;
    case ErrorCode::kIdleTimeout:
      return Counter::kRefusedIdle;
    case ErrorCode::kSlowReader:
      return Counter::kRefusedSlowReaders;
    case ErrorCode::kShuttingDown:
      break;
  }
  return Counter::kRefusedShuttingDown;
}

CommandKind kind_of(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::kHeartbeat:
      return CommandKind::kHeartbeat;
    case Opcode::kLeave:
      return CommandKind::kLeave;
    default:
      return CommandKind::kStatus;
  }
}

Counter operations_of(CommandKind kind) noexcept {
  switch (kind) {
    case CommandKind::kHeartbeat:
      return Counter::kHeartbeats;
    case CommandKind::kLeave:
      return Counter::kLeaves;
    case CommandKind::kStatus:
      break;
  }
  return Counter::kStatuses;
}

bool has_ids(Opcode opcode) noexcept {
  return opcode == Opcode::kHeartbeat || opcode == Opcode::kLeave || opcode == Opcode::kStatus;
}

// These look at the store as a whole, after everything before them and before everything behind them.
bool ends_batch(Opcode opcode) noexcept {
  return opcode == Opcode::kOnline || opcode == Opcode::kCount || opcode == Opcode::kStats;
}

}  // namespace

Decoded BinaryCodec::decode(std::span<const std::byte> input, Batch& batch) {
  const BootTime arrival = context_.presence.arrive();
  Decoded decoded;
  while (batch.commands.size() < kMostCommands && batch.replies.size() < kMostReplies) {
    const auto cut = protocol::cut_frame(input.subspan(decoded.consumed), context_.limits.max_payload_bytes);
    if (const auto* need = std::get_if<protocol::NeedMore>(&cut)) {
      decoded.wanted = need->total_bytes;
      break;
    }
    if (const auto* error = std::get_if<ErrorCode>(&cut)) {
      decoded.fatal = *error;
      break;
    }
    const auto& frame = std::get<protocol::Frame>(cut);
    decoded.consumed += frame.size_bytes();
    has_understood_ = true;
    if (add(frame, arrival, batch)) break;
  }
  batch.answers.resize(batch.commands.size());
  return decoded;
}

bool BinaryCodec::add(const protocol::Frame& frame, BootTime arrival, Batch& batch) {
  PendingReply reply{.opcode = frame.header.opcode, .tag = frame.header.tag};
  // Holds for any frame, also one that is refused: whoever asked for silence does not count replies.
  reply.quiet = (frame.header.flags & protocol::request_flag::kQuiet) != 0;

  const auto parsed = protocol::parse_request(frame, context_.limits);
  if (const auto* error = std::get_if<ErrorCode>(&parsed)) {
    reply.refused = true;
    reply.error = *error;
    batch.replies.push_back(reply);
    return false;
  }
  const auto& request = std::get<protocol::Request>(parsed);
  context_.counters.add(Counter::kRequests);
  reply.detail = request.detail;
  if (has_ids(request.opcode)) {
    reply.first = batch.commands.size();
    reply.count = request.ids.size();
    add_commands(request, arrival, batch);
  } else if (request.opcode == Opcode::kPing) {
    reply.first = batch.echo.size();
    reply.count = request.echo.size();
    protocol::append(batch.echo, request.echo);
  } else if (request.opcode == Opcode::kOnline) {
    reply.cursor = request.cursor;
    reply.page_limit = request.page_limit;
  }
  batch.replies.push_back(reply);
  return ends_batch(request.opcode);
}

void BinaryCodec::add_commands(const protocol::Request& request, BootTime arrival, Batch& batch) {
  const CommandKind kind = kind_of(request.opcode);
  const Second second = request.age ? context_.presence.second_before(arrival, *request.age) : Command::kOnArrival;
  const std::size_t first = batch.commands.size();
  batch.commands.resize(first + request.ids.size());
  for (std::size_t i = 0; i < request.ids.size(); ++i) {
    batch.commands[first + i] = {.user = request.ids[i], .second = second, .kind = kind};
  }
  context_.counters.add(operations_of(kind), request.ids.size());
}

void BinaryCodec::render(const Batch& batch, BatchResult result, Buffer& out) {
  for (const PendingReply& reply : batch.replies) {
    if (reply.refused) {
      refuse(reply, reply.error, out);
    } else if (result == BatchResult::kUnavailable && has_ids(Opcode{reply.opcode})) {
      refuse(reply, ErrorCode::kStoreUnavailable, out);
    } else {
      render_reply(batch, reply, out);
    }
  }
  append_due_notice(false, out);
}

void BinaryCodec::render_reply(const Batch& batch, const PendingReply& reply, Buffer& out) {
  const auto opcode = Opcode{reply.opcode};
  switch (opcode) {
    case Opcode::kHeartbeat:
    case Opcode::kLeave:
      return render_write(batch, reply, out);
    case Opcode::kStatus:
      return render_status(batch, reply, out);
    case Opcode::kOnline:
      return render_online(reply, out);
    case Opcode::kCount:
      return protocol::append_count_reply(
          out, reply.tag, {.online = context_.presence.online(), .entries = context_.presence.entries()});
    case Opcode::kStats:
      return protocol::append_bytes_reply(out, opcode, reply.tag, protocol::as_bytes(context_.stats()));
    case Opcode::kPing:
      append_due_notice(true, out);  // ping is the barrier: after it nothing is left untold
      return protocol::append_bytes_reply(out, opcode, reply.tag,
                                          std::span{batch.echo}.subspan(reply.first, reply.count));
    case Opcode::kHello:
      return render_hello(reply, out);
  }
}

void BinaryCodec::render_write(const Batch& batch, const PendingReply& reply, Buffer& out) {
  protocol::WriteReply counts;
  for (const Answer& answer : std::span{batch.answers}.subspan(reply.first, reply.count)) {
    if (answer.outcome == Outcome::kRefused) ++counts.refused;
    if (answer.outcome == Outcome::kTooOld) ++counts.too_old;
  }
  context_.counters.add(Counter::kRefusedUsers, counts.refused);
  context_.counters.add(Counter::kTooOld, counts.too_old);
  if (reply.quiet) {
    notice_.refused_ids += counts.refused;
    notice_.too_old_ids += counts.too_old;
  } else {
    protocol::append_write_reply(out, Opcode{reply.opcode}, reply.tag, counts);
  }
}

void BinaryCodec::render_status(const Batch& batch, const PendingReply& reply, Buffer& out) {
  const auto answers = std::span{batch.answers}.subspan(reply.first, reply.count);
  const std::size_t length =
      reply.detail ? protocol::detailed_status_bytes(reply.count) : protocol::compact_status_bytes(reply.count);
  protocol::append_header(out, {.opcode = protocol::reply_opcode(Opcode::kStatus),
                                .flags = 0,
                                .length = static_cast<std::uint32_t>(length),
                                .tag = reply.tag});
  if (reply.detail) {
    for (const Answer& answer : answers) {
      protocol::append(out, protocol::pack({.presence = answer.presence, .age_s = answer.age_s}));
    }
  } else {
    protocol::CompactStatusWriter statuses{out};
    for (const Answer& answer : answers) statuses.put(answer.presence);
  }
}

void BinaryCodec::render_hello(const PendingReply& reply, Buffer& out) {
  constexpr std::uint32_t kMillisecondsPerSecond = 1000;
  const Second ttl = context_.presence.rules().ttl;
  protocol::append_hello_reply(out, reply.tag,
                               {.version = protocol::kVersion,
                                .max_payload_bytes = context_.limits.max_payload_bytes,
                                .max_ids = context_.limits.max_ids,
                                .ttl_s = ttl,
                                .interval_ms = ttl * kMillisecondsPerSecond / kHeartbeatsPerTtl,
                                .doubt_left_s = context_.presence.doubt_left(),
                                .life = context_.presence.life()});
}

void BinaryCodec::render_online(const PendingReply& reply, Buffer& out) {
  const std::uint32_t most = context_.limits.max_ids;
  const std::uint32_t limit = reply.page_limit == 0 ? most : std::min(reply.page_limit, most);
  const OnlinePage page = context_.presence.list_online(reply.cursor, limit);
  protocol::append_online_reply(out, reply.tag, page.more, page.next_cursor, page.users);
}

void BinaryCodec::refuse(const PendingReply& reply, ErrorCode code, Buffer& out) {
  context_.counters.add(counter_of(code));
  if (reply.quiet) {
    notice_.last_code = code;
    ++notice_.refused_requests;
  } else {
    protocol::append_error_reply(out, reply.opcode, reply.tag, code);
  }
}

void BinaryCodec::append_due_notice(bool at_once, Buffer& out) {
  if (notice_ == protocol::Notice{}) return;
  const auto now = std::chrono::steady_clock::now();
  if (!at_once && now < next_notice_) return;
  protocol::append_notice(out, notice_);
  notice_ = {};
  next_notice_ = now + kNoticeInterval;
}

void BinaryCodec::goodbye(ErrorCode reason, std::span<const std::byte> input, Buffer& out) {
  context_.counters.add(counter_of(reason));
  const bool may_be_foreign = reason == ErrorCode::kBadMagic && !has_understood_;
  const auto answer = may_be_foreign ? protocol::answer_to_foreign_protocol(input) : std::span<const std::byte>{};
  if (answer.empty()) {
    protocol::append_goodbye(out, reason);
  } else {
    protocol::append(out, answer);
  }
}

}  // namespace lastbeat
