#include "http/codec.hpp"

#include <algorithm>

#include "auth/unix_time.hpp"
#include "http/answers.hpp"
#include "http/authorization.hpp"
#include "http/user_ids.hpp"
#include "log/log.hpp"
#include "protocol/bytes.hpp"

namespace lastbeat::http {
namespace {

// Bounds on one batch: what is pipelined beyond them is served in the next turn of this connection.
constexpr std::size_t kMostCommands = std::size_t{1} << 14U;
constexpr std::size_t kMostReplies = 256;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kPageType = "text/html; charset=utf-8";

class Factory final : public CodecFactory {
 public:
  Factory(const CodecServices& services, const Settings& settings)
      : context_{.services = services, .settings = settings} {}
  std::unique_ptr<lastbeat::Codec> make() override { return std::make_unique<Codec>(context_); }

 private:
  Context context_;
};

// These look at the server as a whole, after everything before them and before everything behind them, or have a long
// reply, many of which would make an endless batch.
bool ends_batch(Endpoint endpoint) noexcept {
  return endpoint == Endpoint::kOnline || endpoint == Endpoint::kCount || endpoint == Endpoint::kStats ||
         endpoint == Endpoint::kMetrics || endpoint == Endpoint::kHistory || endpoint == Endpoint::kRoot;
}

// What an operator has to look after, while the client did nothing wrong.
bool is_our_failure(Refusal refusal) noexcept {
  return refusal == Refusal::kStoreUnavailable || refusal == Refusal::kTooManyUsers;
}

std::string_view content_type_of(const Plan& plan) noexcept {
  if (plan.page != nullptr) return kPageType;
  return plan.endpoint == Endpoint::kMetrics ? kMetricsType : kJsonType;
}

Counter requests_of(const Plan& plan) noexcept {
  if (plan.verb == Verb::kOptions) return Counter::kRequestsOther;
  switch (plan.endpoint) {
    case Endpoint::kHeartbeat:
    case Endpoint::kHeartbeats:
      return Counter::kRequestsHeartbeat;
    case Endpoint::kLeave:
      return Counter::kRequestsLeave;
    case Endpoint::kStatus:
    case Endpoint::kStatuses:
      return Counter::kRequestsStatus;
    case Endpoint::kOnline:
      return Counter::kRequestsOnline;
    case Endpoint::kCount:
      return Counter::kRequestsCount;
    case Endpoint::kStats:
      return Counter::kRequestsStats;
    default:
      return Counter::kRequestsOther;
  }
}

}  // namespace

ListenerProtocol http_protocol(const Settings& settings) {
  return [settings](const CodecServices& services) { return std::make_unique<Factory>(services, settings); };
}

// --- decoding -----------------------------------------------------------------------------------------------------

Decoded Codec::decode(std::span<const std::byte> input, Batch& batch) {
  // Heartbeats and leaves happen when the batch arrives; there are none with an age.
  static_cast<void>(presence().arrive());
  owed_ = context_.spare.take();
  Decoded decoded;
  Step step = Step::kNext;
  has_judged_ = false;
  while (step == Step::kNext && !has_judged_ && batch.commands.size() < kMostCommands &&
         owed_->replies.size() < kMostReplies) {
    step = take_request(input.subspan(decoded.consumed), batch, decoded);
  }
  batch.answers.resize(batch.commands.size());
  is_in_request_ = decoded.is_in_request;
  decoded.is_last = step == Step::kLast;
  decoded.owes_replies = !owed_->replies.empty();
  if (!decoded.owes_replies) context_.spare.give_back(std::move(owed_));
  return decoded;
}

Codec::Step Codec::take_request(std::span<const std::byte> rest, Batch& batch, Decoded& decoded) {
  if (chunked_) return take_chunks(rest, batch, decoded);
  // Some clients end a body with a line end that does not belong to it (RFC 9112, 2.2).
  const std::string_view text = protocol::as_text(rest);
  if (text.starts_with(kLineEnd)) {
    decoded.consumed += kLineEnd.size();
    return Step::kNext;
  }
  if (text.empty() || text == "\r") {
    decoded.wanted = rest.size() + 1;
    return Step::kWait;
  }
  const ParsedHead parsed = parse_head(rest);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refuse({}, *refusal);
  const auto* head = std::get_if<Head>(&parsed);
  if (head == nullptr) {
    decoded.is_in_request = true;
    decoded.wanted = rest.size() + 1;
    return Step::kWait;
  }
  Plan plan = plan_request(*head, context_.settings);
  if (context_.services.authority != nullptr) check_token(*head, plan);
  if (describe(plan.refusal).closes) return refuse(plan, plan.refusal);
  return take_body(*head, plan, rest, batch, decoded);
}

// A signature costs more than a batch: after one, others get their turn.
void Codec::check_token(const Head& head, Plan& plan) {
  if (!pass_) pass_ = std::make_unique<auth::Pass>();
  if (authorize(head, *context_.services.authority, auth::unix_now(), *pass_, plan)) has_judged_ = true;
}

Codec::Step Codec::take_body(const Head& head, const Plan& plan, std::span<const std::byte> rest, Batch& batch,
                             Decoded& decoded) {
  const std::size_t total = head.size_bytes + static_cast<std::size_t>(head.content_length.value_or(0));
  const bool is_here = !head.is_chunked && rest.size() >= total;
  if (!is_here && head.expects_continue && rest.size() == head.size_bytes) {
    // Who waits for permission is not given it for nothing. Whether the body comes all the same cannot be known.
    if (plan.refusal != Refusal::kNone) {
      Plan last = plan;
      last.keeps_alive = false;
      return refuse(last, plan.refusal);
    }
    if (!has_continued_) owe_continue();
  }
  if (head.is_chunked) {
    chunked_ = std::make_unique<ChunkedRequest>(plan, context_.settings.max_body_bytes);
    decoded.consumed += head.size_bytes;
    return take_chunks(rest.subspan(head.size_bytes), batch, decoded);
  }
  if (!is_here) {
    decoded.is_in_request = true;
    decoded.wanted = total;
    return Step::kWait;
  }
  decoded.consumed += total;
  return add(plan, rest.subspan(head.size_bytes, total - head.size_bytes), batch);
}

Codec::Step Codec::take_chunks(std::span<const std::byte> rest, Batch& batch, Decoded& decoded) {
  const ChunkedBody::Taken taken = chunked_->body.take(rest);
  decoded.consumed += taken.bytes;
  if (taken.refusal != Refusal::kNone) return refuse(chunked_->plan, taken.refusal);
  if (!taken.is_whole) {
    decoded.is_in_request = true;
    decoded.wanted = rest.size() - taken.bytes + 1;
    decoded.held = chunked_->body.held_bytes();
    return Step::kWait;
  }
  const auto request = std::move(chunked_);
  return add(request->plan, request->body.bytes(), batch);
}

Codec::Step Codec::add(Plan plan, std::span<const std::byte> body, Batch& batch) {
  has_continued_ = false;
  const std::size_t first = batch.commands.size();
  if (plan.refusal == Refusal::kNone) plan.refusal = add_commands(plan, body, batch);
  if (plan.refusal != Refusal::kNone) return refuse(plan, plan.refusal);
  counters().add(requests_of(plan));
  owed_->replies.push_back({.plan = plan, .first = first, .count = batch.commands.size() - first});
  if (!plan.keeps_alive) return Step::kLast;
  return ends_batch(plan.endpoint) ? Step::kExecute : Step::kNext;
}

Refusal Codec::add_commands(const Plan& plan, std::span<const std::byte> body, Batch& batch) {
  if (plan.verb == Verb::kOptions) return Refusal::kNone;
  const std::size_t first = batch.commands.size();
  const auto read = [&](BodyForm form, CommandKind kind, Counter counter) {
    const Refusal refusal = plan.only_user ? read_own_id(body, *plan.only_user, kind, batch.commands)
                                           : read_user_ids(body, form, kind, context_.settings.max_ids, batch.commands);
    counters().add(counter, batch.commands.size() - first);
    if (refusal == Refusal::kForbidden) context_.services.authority->note_refusal("a user's token for somebody else");
    return refusal;
  };
  switch (plan.endpoint) {
    case Endpoint::kHeartbeat:
      return read(BodyForm::kOneUser, CommandKind::kHeartbeat, Counter::kHeartbeats);
    case Endpoint::kHeartbeats:
      return read(BodyForm::kManyUsers, CommandKind::kHeartbeat, Counter::kHeartbeats);
    case Endpoint::kLeave:
      return read(BodyForm::kOneUser, CommandKind::kLeave, Counter::kLeaves);
    case Endpoint::kStatuses:
      return read(BodyForm::kManyUsers, CommandKind::kStatus, Counter::kStatuses);
    case Endpoint::kStatus:
      batch.commands.push_back({.user = plan.user, .kind = CommandKind::kStatus});
      counters().add(Counter::kStatuses);
      return Refusal::kNone;
    case Endpoint::kReadyz:
      return context_.services.is_ready() ? Refusal::kNone : Refusal::kNotReady;
    case Endpoint::kMetrics:
      return context_.services.metrics ? Refusal::kNone : Refusal::kNotImplemented;
    default:
      return Refusal::kNone;
  }
}

Codec::Step Codec::refuse(Plan plan, Refusal refusal) {
  plan.refusal = refusal;
  const RefusalText& text = describe(refusal);
  counters().add(text.counter);
  const bool closes = text.closes || !plan.keeps_alive;
  owed_->replies.push_back({.plan = plan});
  return closes ? Step::kLast : Step::kNext;
}

void Codec::owe_continue() {
  has_continued_ = true;
  owed_->replies.push_back({.plan = {}, .is_continue = true});
}

// --- rendering ----------------------------------------------------------------------------------------------------

void Codec::render(const Batch& batch, BatchResult result, Buffer& out) {
  const std::string_view date = context_.date.at(std::time(nullptr));
  for (const OwedReply& owed : owed_->replies) {
    if (owed.is_continue) {
      protocol::append(out, protocol::as_bytes(kContinue));
    } else {
      render_reply(batch, owed, result, date, out);
    }
  }
  context_.spare.give_back(std::move(owed_));
}

void Codec::render_reply(const Batch& batch, const OwedReply& owed, BatchResult result, std::string_view date,
                         Buffer& out) {
  if (owed.plan.refusal != Refusal::kNone) return render_refusal(owed.plan, owed.plan.refusal, date, out);
  if (const Refusal refusal = refusal_by(batch, owed, result); refusal != Refusal::kNone) {
    counters().add(describe(refusal).counter);
    return render_refusal(owed.plan, refusal, date, out);
  }
  ReplyHead head = head_of(owed.plan);
  if (owed.plan.verb == Verb::kOptions) {
    constexpr std::uint16_t kNoContent = 204;
    head.status = kNoContent;
    head.reason = "No Content";
    head.is_empty = true;
  }
  if (owed.plan.has_page) {
    constexpr std::uint16_t kNotModified = 304;
    head.status = kNotModified;
    head.reason = "Not Modified";
    head.is_empty = true;
  }
  ReplyWriter writer{out, head, date};
  if (!head.is_empty) {
    render_endpoint(batch, owed, writer);
    if (head.content_type == kJsonType) writer.text("\n");
  }
  writer.finish();
}

void Codec::render_refusal(const Plan& plan, Refusal refusal, std::string_view date, Buffer& out) {
  const RequestId id = plan.request_id.is_empty() ? context_.request_ids.make() : plan.request_id;
  ReplyHead head = head_of(plan);
  head.request_id = id.text();
  if (is_our_failure(refusal) && context_.failure_log.allow(std::chrono::steady_clock::now())) {
    const std::string_view code = describe(refusal).code;
    log::error(std::string{"HTTP requests fail: "}.append(code).append(", request ").append(id.text()),
               {{"code", code}, {"request_id", id.text()}});
  }
  write_refusal(out, refusal, head, date);
}

ReplyHead Codec::head_of(const Plan& plan) const {
  const bool tells_methods = plan.verb == Verb::kOptions || plan.refusal == Refusal::kMethodNotAllowed;
  return {.closes = !plan.keeps_alive,
          .keeps_http_1_0 = plan.keeps_alive && plan.is_http_1_0,
          .is_body_left_out = plan.verb == Verb::kHead,
          .allow = tells_methods ? allow_text(plan.allowed) : std::string_view{},
          .allowed_origin = plan.allowed_origin,
          .varies_by_origin = !context_.settings.cors_origins.empty(),
          .is_preflight = plan.is_preflight,
          .content_type = content_type_of(plan),
          .request_id = plan.request_id.text(),
          .page = plan.page};
}

// What the store had to say against a request.
Refusal Codec::refusal_by(const Batch& batch, const OwedReply& owed, BatchResult result) const {
  if (owed.plan.endpoint == Endpoint::kOnline && !presence().can_list()) return Refusal::kNotImplemented;
  if (owed.plan.endpoint == Endpoint::kCount && !presence().can_count()) return Refusal::kNotImplemented;
  if (owed.count == 0) return Refusal::kNone;
  if (is_unavailable(batch, result, owed.first, owed.count)) return Refusal::kStoreUnavailable;
  if (owed.plan.endpoint == Endpoint::kStatus || owed.plan.endpoint == Endpoint::kStatuses) return Refusal::kNone;
  const auto answers = std::span{batch.answers}.subspan(owed.first, owed.count);
  const auto is_refused = [](const Answer& answer) { return answer.outcome == Outcome::kRefused; };
  counters().add(Counter::kRefusedUsers,
                 static_cast<std::uint64_t>(std::count_if(answers.begin(), answers.end(), is_refused)));
  return count_writes(answers).accepted == 0 ? Refusal::kTooManyUsers : Refusal::kNone;
}

void Codec::render_endpoint(const Batch& batch, const OwedReply& owed, ReplyWriter& writer) {
  const auto commands = std::span{batch.commands}.subspan(owed.first, owed.count);
  const auto answers = std::span{batch.answers}.subspan(owed.first, owed.count);
  switch (owed.plan.endpoint) {
    case Endpoint::kHeartbeat:
    case Endpoint::kLeave:
    case Endpoint::kHeartbeats: {
      const WriteCounts counts = count_writes(answers);
      writer.text(R"({"accepted":)").number(counts.accepted).text(R"(,"refused":)").number(counts.refused).text("}");
      return;
    }
    case Endpoint::kStatus:
      return write_status(writer, commands.front().user, answers.front(), unix_second_now());
    case Endpoint::kStatuses: {
      const std::int64_t unix_now = unix_second_now();
      writer.text(R"({"users":[)");
      for (std::size_t i = 0; i < answers.size(); ++i) {
        if (i != 0) writer.text(",");
        write_status(writer, commands[i].user, answers[i], unix_now);
      }
      writer.text("]}");
      return;
    }
    case Endpoint::kOnline:
      return render_online(owed.plan, writer);
    case Endpoint::kCount:
      writer.text(R"({"online":)").number(presence().online());
      writer.text(R"(,"entries":)").number(presence().entries()).text("}");
      return;
    case Endpoint::kStats:
      return write_stats(writer, context_.services.stats());
    case Endpoint::kHistory:
      return write_history(writer, context_.services.history(), read_boot_time());
    case Endpoint::kMetrics:
      writer.text(context_.services.metrics());
      return;
    case Endpoint::kHealthz:
      writer.text(R"({"healthy":true})");
      return;
    case Endpoint::kReadyz:
      writer.text(R"({"ready":true})");
      return;
    case Endpoint::kRoot:
      if (owed.plan.page != nullptr) {
        writer.text(owed.plan.page->body);
        return;
      }
      writer.text(R"({"name":"lastbeatd","api":["/heartbeat","/heartbeats","/leave","/status","/online","/count",)"
                  R"("/stats","/history","/metrics","/healthz","/readyz"]})");
      return;
    case Endpoint::kWatch:
      return;  // refused by its plan
  }
}

void Codec::render_online(const Plan& plan, ReplyWriter& writer) {
  const OnlinePage page = presence().list_online(plan.cursor, plan.page_limit);
  std::string_view separator = R"({"user_ids":[)";
  for (const UserId user : page.users) {
    writer.text(separator).id(static_cast<std::uint64_t>(user));
    separator = ",";
  }
  if (page.users.empty()) writer.text(separator);
  writer.text(R"(],"next_cursor":)");
  if (page.more) {
    writer.id(page.next_cursor).text("}");
  } else {
    writer.text("null}");
  }
}

// Between two requests a connection that ends needs no word: whoever sends into it tries again.
void Codec::say_goodbye(EndReason reason, Buffer& out) {
  Refusal refusal = Refusal::kTooManyConnections;
  if (reason == EndReason::kOverloaded) refusal = Refusal::kOverloaded;
  if (reason == EndReason::kShuttingDown) refusal = Refusal::kShuttingDown;
  if (reason == EndReason::kIdle || reason == EndReason::kSlowRequest) refusal = Refusal::kSlowRequest;
  const bool is_full = reason == EndReason::kTooManyConnections || reason == EndReason::kOverloaded;
  const bool is_between = !is_in_request_ && !is_full;
  if (is_between && reason == EndReason::kIdle) {
    counters().add(Counter::kRefusedIdle);
  } else {
    counters().add(describe(refusal).counter);
  }
  if (!is_between) render_refusal({}, refusal, context_.date.at(std::time(nullptr)), out);
}

}  // namespace lastbeat::http
