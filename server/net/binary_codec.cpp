#include "net/binary_codec.hpp"

#include <algorithm>

#include "auth/unix_time.hpp"
#include "log/log.hpp"
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
    case ErrorCode::kUnauthenticated:
      return Counter::kRefusedUnauthenticated;
    case ErrorCode::kForbidden:
      return Counter::kRefusedForbidden;
    case ErrorCode::kUnsupported:
      return Counter::kRefusedUnsupported;
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
      return Counter::kRefusedShuttingDown;
    case ErrorCode::kOverloaded:
      return Counter::kRefusedOverload;
    case ErrorCode::kTooManyBadTokens:
      break;
  }
  return Counter::kRefusedGuessing;
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

Counter requests_of(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::kHeartbeat:
      return Counter::kRequestsHeartbeat;
    case Opcode::kLeave:
      return Counter::kRequestsLeave;
    case Opcode::kStatus:
      return Counter::kRequestsStatus;
    case Opcode::kOnline:
      return Counter::kRequestsOnline;
    case Opcode::kCount:
      return Counter::kRequestsCount;
    case Opcode::kStats:
      return Counter::kRequestsStats;
    case Opcode::kPing:
      return Counter::kRequestsPing;
    case Opcode::kHello:
      return Counter::kRequestsHello;
    case Opcode::kAuth:
      return Counter::kRequestsAuth;
    default:
      return Counter::kRequestsOther;
  }
}

bool has_ids(Opcode opcode) noexcept {
  return opcode == Opcode::kHeartbeat || opcode == Opcode::kLeave || opcode == Opcode::kStatus;
}

// These look at the store as a whole, after everything before them and before everything behind them. Checking a
// signature costs more than a whole batch: others get their turn after it.
bool ends_batch(Opcode opcode) noexcept {
  return opcode == Opcode::kOnline || opcode == Opcode::kCount || opcode == Opcode::kStats || opcode == Opcode::kAuth;
}

auth::Need need_of(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::kHeartbeat:
    case Opcode::kLeave:
      return auth::Need::kBeat;
    case Opcode::kStatus:
      return auth::Need::kRead;
    case Opcode::kCount:
      return auth::Need::kCount;
    case Opcode::kPing:
    case Opcode::kHello:
    case Opcode::kAuth:
      return auth::Need::kNothing;
    case Opcode::kOnline:
    case Opcode::kStats:
      break;
  }
  return auth::Need::kAdmin;
}

// A user's heartbeats and leaves need another look: at whom they name.
bool needs_no_look(const auth::Identity& holder, Opcode opcode) noexcept {
  const auth::Need need = need_of(opcode);
  return auth::allows(holder, need) && !(need == auth::Need::kBeat && holder.user);
}

std::uint32_t grants_of(const auth::Identity& holder) noexcept {
  std::uint32_t grants = 0;
  if (auth::has(holder.scopes, auth::Scope::kHeartbeat)) grants |= protocol::grant::kHeartbeat;
  if (auth::has(holder.scopes, auth::Scope::kStatus)) grants |= protocol::grant::kStatus;
  if (auth::has(holder.scopes, auth::Scope::kAdmin)) grants |= protocol::grant::kAdmin;
  if (holder.user) grants |= protocol::grant::kUser | protocol::grant::kStatus;
  return grants;
}

ErrorCode code_of(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::kTooManyConnections:
      return ErrorCode::kTooManyConnections;
    case EndReason::kIdle:
    case EndReason::kSlowRequest:
      return ErrorCode::kIdleTimeout;
    case EndReason::kOverloaded:
      return ErrorCode::kOverloaded;
    case EndReason::kShuttingDown:
      break;
  }
  return ErrorCode::kShuttingDown;
}

class BinaryFactory final : public CodecFactory {
 public:
  BinaryFactory(const CodecServices& services, const protocol::Limits& limits)
      : context_{.services = services, .limits = limits} {}
  std::unique_ptr<Codec> make() override { return std::make_unique<BinaryCodec>(context_); }

 private:
  BinaryContext context_;
};

}  // namespace

Decoded BinaryCodec::decode(std::span<const std::byte> input, Batch& batch) {
  const BootTime arrival = presence().arrive();
  if (context_.services.authority != nullptr) check_pass();
  owed_ = context_.spare.take();
  Decoded decoded;
  while (batch.commands.size() < kMostCommands && owed_->replies.size() < kMostReplies) {
    const auto rest = input.subspan(decoded.consumed);
    const auto cut = protocol::cut_frame(rest, context_.limits.max_payload_bytes);
    if (const auto* need = std::get_if<protocol::NeedMore>(&cut)) {
      decoded.wanted = need->total_bytes;
      decoded.is_in_request = !rest.empty();
      break;
    }
    if (const auto* error = std::get_if<ErrorCode>(&cut)) {
      closing_ = *error;
      if (!has_understood_) foreign_answer_ = protocol::answer_to_foreign_protocol(rest);
      decoded.is_last = true;
      break;
    }
    const auto& frame = std::get<protocol::Frame>(cut);
    decoded.consumed += frame.size_bytes();
    has_understood_ = true;
    if (add(frame, arrival, batch)) break;
  }
  if (bad_tokens_ == kMostBadTokens) {
    closing_ = ErrorCode::kTooManyBadTokens;
    decoded.is_last = true;
  }
  batch.answers.resize(batch.commands.size());
  decoded.owes_replies = decoded.is_last || !owed_->replies.empty();
  if (!decoded.owes_replies) context_.spare.give_back(std::move(owed_));
  return decoded;
}

void BinaryCodec::check_pass() {
  now_ = auth::unix_now();
  holder_ = pass_ ? pass_->holder(*context_.services.authority, now_) : nullptr;
  static constexpr auth::Identity kNobody{};
  const auth::Identity& holder = holder_ == nullptr ? kNobody : *holder_;
  allowed_ = 0;
  for (auto opcode = static_cast<unsigned>(Opcode::kHeartbeat); opcode < static_cast<unsigned>(Opcode::kAuth);
       ++opcode) {
    if (needs_no_look(holder, Opcode{static_cast<std::uint8_t>(opcode)})) allowed_ |= 1U << opcode;
  }
}

std::optional<ErrorCode> BinaryCodec::objection_to(const protocol::Request& request) {
  const auth::Authority* const authority = context_.services.authority;
  if (authority == nullptr) return ErrorCode::kUnknownOpcode;  // auth, which nobody asks for
  if (request.opcode == Opcode::kAuth) return objection_to_token(request.token);
  if (holder_ == nullptr) {
    authority->note_refusal("a request without a token");
    return ErrorCode::kUnauthenticated;
  }
  bool is_own = holder_->user && auth::allows(*holder_, need_of(request.opcode));
  for (std::size_t i = 0; is_own && i < request.ids.size(); ++i) is_own = request.ids[i] == *holder_->user;
  if (is_own) return std::nullopt;
  authority->note_refusal("a request that its token does not allow");
  return ErrorCode::kForbidden;
}

// A token that is refused leaves what was proved before.
std::optional<ErrorCode> BinaryCodec::objection_to_token(std::string_view token) {
  if (!pass_) pass_ = std::make_unique<auth::Pass>();
  const bool is_good = pass_->replace(token, *context_.services.authority, now_) != nullptr;
  check_pass();
  if (is_good && holder_ != nullptr) return std::nullopt;  // it may have expired just now
  ++bad_tokens_;
  return ErrorCode::kUnauthenticated;
}

bool BinaryCodec::add(const protocol::Frame& frame, BootTime arrival, Batch& batch) {
  BinaryReply reply{.opcode = frame.header.opcode, .tag = frame.header.tag};
  // Holds for any frame, also one that is refused: whoever asked for silence does not count replies.
  reply.quiet = (frame.header.flags & protocol::request_flag::kQuiet) != 0;

  const auto parsed = protocol::parse_request(frame, context_.limits);
  if (const auto* error = std::get_if<ErrorCode>(&parsed)) {
    const bool is_unknown = reply.opcode == static_cast<std::uint8_t>(Opcode::kAuth) && !context_.services.authority;
    owe_refusal(reply, is_unknown ? ErrorCode::kUnknownOpcode : *error);
    return false;
  }
  const auto& request = std::get<protocol::Request>(parsed);
  if ((allowed_ >> static_cast<unsigned>(request.opcode) & 1U) == 0) {
    if (const auto objection = objection_to(request)) {
      owe_refusal(reply, *objection);
      return ends_batch(request.opcode);
    }
  }
  counters().add(requests_of(request.opcode));
  reply.detail = request.detail;
  if (has_ids(request.opcode)) {
    reply.first = batch.commands.size();
    reply.count = request.ids.size();
    add_commands(request, arrival, batch);
  } else if (request.opcode == Opcode::kPing) {
    reply.first = owed_->echo.size();
    reply.count = request.echo.size();
    protocol::append(owed_->echo, request.echo);
  } else if (request.opcode == Opcode::kOnline) {
    reply.cursor = request.cursor;
    reply.page_limit = request.page_limit;
  }
  owed_->replies.push_back(reply);
  return ends_batch(request.opcode);
}

void BinaryCodec::owe_refusal(BinaryReply reply, ErrorCode error) {
  reply.refused = true;
  reply.error = error;
  owed_->replies.push_back(reply);
}

bool BinaryCodec::is_supported(Opcode opcode) {
  if (opcode == Opcode::kOnline) return presence().can_list();
  if (opcode == Opcode::kCount) return presence().can_count();
  return true;
}

void BinaryCodec::add_commands(const protocol::Request& request, BootTime arrival, Batch& batch) {
  const CommandKind kind = kind_of(request.opcode);
  const auto happened =
      request.age ? presence().before(arrival, *request.age) : Clock::Past{.second = Command::kOnArrival};
  const std::size_t first = batch.commands.size();
  batch.commands.resize(first + request.ids.size());
  for (std::size_t i = 0; i < request.ids.size(); ++i) {
    batch.commands[first + i] = {
        .user = request.ids[i], .second = happened.second, .millisecond = happened.millisecond, .kind = kind};
  }
  counters().add(operations_of(kind), request.ids.size());
}

void BinaryCodec::render(const Batch& batch, BatchResult result, Buffer& out) {
  for (const BinaryReply& reply : owed_->replies) {
    if (reply.refused) {
      refuse(reply, reply.error, out);
    } else if (has_ids(Opcode{reply.opcode}) && is_unavailable(batch, result, reply.first, reply.count)) {
      log_failure("requests fail: the store cannot be reached");
      refuse(reply, ErrorCode::kStoreUnavailable, out);
    } else if (!is_supported(Opcode{reply.opcode})) {
      refuse(reply, ErrorCode::kUnsupported, out);
    } else {
      render_reply(batch, reply, out);
    }
  }
  context_.spare.give_back(std::move(owed_));
  append_due_notice(false, out);
  if (closing_) append_goodbye(*closing_, out);
}

void BinaryCodec::render_reply(const Batch& batch, const BinaryReply& reply, Buffer& out) {
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
      return protocol::append_count_reply(out, reply.tag,
                                          {.online = presence().online(), .entries = presence().entries()});
    case Opcode::kStats:
      return protocol::append_bytes_reply(out, opcode, reply.tag, protocol::as_bytes(context_.services.stats()));
    case Opcode::kPing:
      append_due_notice(true, out);  // ping is the barrier: after it nothing is left untold
      return protocol::append_bytes_reply(out, opcode, reply.tag,
                                          std::span{owed_->echo}.subspan(reply.first, reply.count));
    case Opcode::kHello:
      return render_hello(reply, out);
    case Opcode::kAuth:
      return render_auth(reply, out);
  }
}

void BinaryCodec::render_write(const Batch& batch, const BinaryReply& reply, Buffer& out) {
  protocol::WriteReply counts;
  std::uint32_t unavailable = 0;
  for (const Answer& answer : std::span{batch.answers}.subspan(reply.first, reply.count)) {
    if (answer.outcome == Outcome::kRefused) ++counts.refused;
    if (answer.outcome == Outcome::kUnavailable) ++unavailable;
    if (answer.outcome == Outcome::kTooOld) ++counts.too_old;
  }
  if (counts.refused != 0) {
    const bool is_limit_known = presence().max_entries() != 0;  // else it may be the store's own
    log_failure(is_limit_known ? "refusing new users: as many are held as --max-users allows"
                               : "refusing users: the store has no room for them, or as many wait for it as may");
  }
  counters().add(Counter::kRefusedUsers, counts.refused);
  counters().add(Counter::kTooOld, counts.too_old);
  counts.refused += unavailable;
  if (reply.quiet) {
    notice_.refused_ids += counts.refused;
    notice_.too_old_ids += counts.too_old;
  } else {
    protocol::append_write_reply(out, Opcode{reply.opcode}, reply.tag, counts);
  }
}

void BinaryCodec::render_status(const Batch& batch, const BinaryReply& reply, Buffer& out) {
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

void BinaryCodec::render_hello(const BinaryReply& reply, Buffer& out) {
  constexpr std::uint32_t kMillisecondsPerSecond = 1000;
  const Second ttl = presence().rules().ttl;
  protocol::append_hello_reply(out, reply.tag,
                               {.version = protocol::kVersion,
                                .max_payload_bytes = context_.limits.max_payload_bytes,
                                .max_ids = context_.limits.max_ids,
                                .ttl_s = ttl,
                                .interval_ms = ttl * kMillisecondsPerSecond / kHeartbeatsPerTtl,
                                .doubt_left_s = presence().doubt_left(),
                                .life = presence().life()});
}

void BinaryCodec::render_online(const BinaryReply& reply, Buffer& out) {
  const std::uint32_t most = context_.limits.max_ids;
  const std::uint32_t limit = reply.page_limit == 0 ? most : std::min(reply.page_limit, most);
  const OnlinePage page = presence().list_online(reply.cursor, limit);
  protocol::append_online_reply(out, reply.tag, page.more, page.next_cursor, page.users);
}

void BinaryCodec::render_auth(const BinaryReply& reply, Buffer& out) {
  protocol::AuthReply proved{.grants = grants_of(*holder_), .valid_s = protocol::AuthReply::kNoEnd, .user = {}};
  if (holder_->not_after != auth::kNoEnd) {
    proved.valid_s = static_cast<std::uint32_t>(
        std::min<auth::UnixSecond>(holder_->not_after - now_, protocol::AuthReply::kNoEnd - 1));
  }
  if (holder_->user) proved.user = *holder_->user;
  protocol::append_auth_reply(out, reply.tag, proved);
}

void BinaryCodec::log_failure(std::string_view what) {
  if (context_.failure_log.allow(std::chrono::steady_clock::now())) log::error(what, {{"protocol", "binary"}});
}

void BinaryCodec::refuse(const BinaryReply& reply, ErrorCode code, Buffer& out) {
  const bool is_bad_token = code == ErrorCode::kUnauthenticated && Opcode{reply.opcode} == Opcode::kAuth;
  counters().add(is_bad_token ? Counter::kRefusedTokens : counter_of(code));
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

void BinaryCodec::append_goodbye(ErrorCode reason, Buffer& out) {
  counters().add(counter_of(reason));
  if (foreign_answer_.empty()) {
    protocol::append_goodbye(out, reason);
  } else {
    protocol::append(out, foreign_answer_);
  }
}

void BinaryCodec::say_goodbye(EndReason reason, Buffer& out) { append_goodbye(code_of(reason), out); }

ListenerProtocol binary_protocol(const protocol::Limits& limits) {
  return [limits](const CodecServices& services) { return std::make_unique<BinaryFactory>(services, limits); };
}

}  // namespace lastbeat
