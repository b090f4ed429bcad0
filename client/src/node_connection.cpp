#include "node_connection.hpp"

#include <algorithm>
#include <iterator>

namespace lastbeat {
namespace {

using std::chrono::milliseconds;

// Calls wait once so much is waiting to be sent: their ids take less room than their requests, and may be cancelled.
constexpr std::size_t kMostUnsentBytes = std::size_t{1} << 20U;

Error protocol_error(std::string message) { return {.kind = ErrorKind::kProtocol, .message = std::move(message)}; }

Error cancelled() { return {.kind = ErrorKind::kCancelled, .message = "the call was cancelled"}; }

// What would be no better on another connection: one of the two sides does not speak the protocol.
bool is_hopeless(const Error& error) noexcept {
  using protocol::ErrorCode;
  return error.kind == ErrorKind::kProtocol ||
         (error.kind == ErrorKind::kServer &&
          (error.server_code == static_cast<std::uint16_t>(ErrorCode::kBadMagic) ||
           error.server_code == static_cast<std::uint16_t>(ErrorCode::kFrameTooLong)));
}

}  // namespace

NodeConnection::NodeConnection(asio::any_io_executor executor, NodeOptions options)
    : executor_{std::move(executor)},
      options_{std::move(options)},
      route_{std::make_shared<const Route>(options_.client)},
      load_{options_.most_calls, options_.most_users},
      delay_timer_{executor_},
      deadline_timer_{executor_},
      backoff_{options_.client.first_backoff,
               std::max(options_.client.first_backoff, options_.client.longest_backoff)} {
  check_token(options_.client.token);
}

// --- calls --------------------------------------------------------------------------------------------------------

void NodeConnection::submit(std::unique_ptr<Call> call, std::size_t users, std::uint64_t id) {
  call->place_.emplace(load_, users);
  call->id_ = id;
  call->made_ = options_.now();
  const bool is_stopped = state_ == State::kStopped;
  if (is_stopped || (options_.fails_when_away && is_away())) {
    std::vector<std::unique_ptr<Call>> refused;
    refused.push_back(std::move(call));
    return finish_later(std::move(refused), is_stopped ? cancelled() : *last_failure_);
  }
  waiting_.push_back(std::move(call));
  if (!is_watching_) watch_deadlines();
  if (state_ == State::kReady) send_waiting();
  if (!waiting_.empty()) waiting_.back()->was_waiting_ = true;
  if (state_ == State::kIdle) connect();
}

void NodeConnection::cancel(std::uint64_t id) {
  asio::post(executor_, [self = shared_from_this(), id] {
    const auto has_id = [id](const std::unique_ptr<Call>& call) { return call->id_ == id; };
    Calls& waiting = self->waiting_;
    if (const auto found = std::find_if(waiting.begin(), waiting.end(), has_id); found != waiting.end()) {
      const auto call = std::move(*found);
      waiting.erase(found);
      return call->finish(cancelled());
    }
    Calls& in_flight = self->in_flight_;
    const auto found = std::find_if(in_flight.begin(), in_flight.end(), has_id);
    if (found != in_flight.end()) (*found)->finish(cancelled());
  });
}

void NodeConnection::cancel_all() {
  std::vector<std::unique_ptr<Call>> calls;
  calls.reserve(in_flight_.size() + waiting_.size());
  std::move(in_flight_.begin(), in_flight_.end(), std::back_inserter(calls));
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(calls));
  in_flight_.clear();
  waiting_.clear();
  if (session_) session_->close();
  session_.reset();
  last_failure_.reset();
  ++delay_;
  delay_timer_.cancel();
  deadline_timer_.cancel();
  state_ = State::kIdle;
  finish_later(std::move(calls), cancelled());
}

void NodeConnection::stop() {
  cancel_all();
  state_ = State::kStopped;
}

void NodeConnection::finish_later(std::vector<std::unique_ptr<Call>> calls, Error error) {
  if (calls.empty()) return;
  // The node goes last: calls have places in its load.
  asio::post(executor_, [self = shared_from_this(), calls = std::move(calls), error = std::move(error)]() mutable {
    const auto done = std::move(calls);
    for (const auto& call : done) call->finish(error);
  });
}

// --- connecting ---------------------------------------------------------------------------------------------------

void NodeConnection::connect() {
  state_ = State::kConnecting;
  session_ = std::make_shared<NodeSession>(executor_, weak_from_this());
  after(options_.client.connect_timeout, &NodeConnection::on_attempt_late);
  session_->open(route_, options_.client.token);
}

void NodeConnection::after(milliseconds delay, void (NodeConnection::*act)()) {
  delay_timer_.expires_after(delay);
  delay_timer_.async_wait([self = shared_from_this(), act, number = ++delay_](const std::error_code& error) {
    // One that was cancelled too late is told no error.
    if (!error && number == self->delay_) (self.get()->*act)();
  });
}

void NodeConnection::on_attempt_late() {
  session_->close();
  on_end({.kind = ErrorKind::kConnect,
          .message = "cannot connect to " + text::to_string(route_->endpoint()) + ": no answer in time"});
}

void NodeConnection::on_ready(const ServerInfo& server) {
  take_greeting(server);
  state_ = State::kReady;
  failed_attempts_ = 0;
  last_failure_.reset();
  ++delay_;
  delay_timer_.cancel();
  send_waiting();
}

// Whoever was out of reach for a ttl less the time between heartbeats may hold only stale ones. One that was restarted
// says so itself if it knows, which a server without a data directory does not.
void NodeConnection::take_greeting(const ServerInfo& server) {
  const auto now = options_.now();
  const bool is_restarted = server_.life != 0 && server.life != server_.life;
  const bool was_away = away_since_ && now - *away_since_ >= server.ttl - server.interval;
  if (is_restarted || was_away) doubt_until_ = now + server.ttl;
  away_since_.reset();
  server_ = server;
}

void NodeConnection::on_end(Error error) {
  if (state_ == State::kReady) return lose_connection(error, options_.repeat && !is_hopeless(error));
  session_.reset();
  last_failure_ = error;
  if (!away_since_) away_since_ = options_.now();
  ++failed_attempts_;
  pause();
  if (options_.fails_when_away || is_token_refused(error) || failed_attempts_ == options_.client.connect_attempts) {
    failed_attempts_ = 0;
    fail_waiting(error);
  }
}

void NodeConnection::pause() {
  state_ = State::kPausing;
  after(backoff_.next(random_()), &NodeConnection::on_pause_over);
}

void NodeConnection::on_pause_over() {
  state_ = State::kIdle;
  if (!waiting_.empty() || (options_.fails_when_away && is_away())) connect();
}

void NodeConnection::lose_connection(const Error& why, bool may_repeat) {
  session_->close();
  session_.reset();
  Calls lost;
  lost.swap(in_flight_);
  for (std::size_t i = lost.size(); i-- > 0;) {
    auto& call = lost[i];
    if (call->is_finished() || !may_repeat || call->was_repeated_) continue;
    call->was_repeated_ = call->was_waiting_ = true;
    waiting_.push_front(std::move(call));
  }
  pause();
  for (const auto& call : lost) {
    if (call) call->finish(why);
  }
}

void NodeConnection::fail_waiting(const Error& error) {
  Calls failed;
  failed.swap(waiting_);
  for (const auto& call : failed) call->finish(outcome(*call, error));
}

// --- sending and receiving ----------------------------------------------------------------------------------------

void NodeConnection::send_waiting() {
  while (!waiting_.empty() && session_->out().size() < kMostUnsentBytes) {
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(call));
  }
  flush_soon();
}

void NodeConnection::send(std::unique_ptr<Call> call) {
  const auto waited = call->was_waiting_ ? options_.now() - call->made_ : Clock::duration::zero();
  call->first_tag_ = next_tag_;
  call->taken_ = 0;
  call->refusal_.reset();
  call->requests_ = call->append(session_->out(), next_tag_, server_, std::chrono::duration_cast<milliseconds>(waited));
  next_tag_ = static_cast<std::uint16_t>(next_tag_ + call->requests_);
  if (in_flight_.empty()) heard_ = options_.now();
  in_flight_.push_back(std::move(call));
}

// Calls that are made one after the other leave in one write.
void NodeConnection::flush_soon() {
  if (is_flush_due_) return;
  is_flush_due_ = true;
  asio::post(executor_, [self = shared_from_this()] {
    self->is_flush_due_ = false;
    if (self->state_ == State::kReady) self->session_->send();
  });
}

std::optional<Error> NodeConnection::on_reply(const protocol::Frame& frame) {
  if (in_flight_.empty()) return protocol_error("the server sent a reply that nobody asked for");
  Call& call = *in_flight_.front();
  if (frame.header.opcode != protocol::reply_opcode(call.opcode()) ||
      frame.header.tag != static_cast<std::uint16_t>(call.first_tag_ + call.taken_)) {
    return protocol_error("the server mixed up its replies");
  }
  if ((frame.header.flags & protocol::reply_flag::kError) != 0) {
    if (!call.refusal_) call.refusal_ = server_error(frame.payload);
    if (call.refusal_->kind == ErrorKind::kProtocol) return call.refusal_;
  } else if (!call.is_finished() && !call.take(call.taken_, frame.payload, frame.header.flags)) {
    return protocol_error("the server sent a reply that is too short");
  }
  if (++call.taken_ < call.requests_) return std::nullopt;
  backoff_.reset();
  const auto done = std::move(in_flight_.front());
  in_flight_.pop_front();
  // A token that was good and is not any more counts for nothing on this connection, even once it is good again.
  std::optional<Error> withdrawn;
  if (!options_.client.token.empty() && done->refusal_ && is_token_refused(*done->refusal_)) withdrawn = done->refusal_;
  done->finish(std::move(done->refusal_));
  return withdrawn;
}

void NodeConnection::on_replies_end() {
  heard_ = options_.now();
  session_->send();
}

void NodeConnection::on_sent() { send_waiting(); }

// --- deadlines ----------------------------------------------------------------------------------------------------

// All calls have the same time, and the connection has it as well, so whatever is oldest is the first to be late: one
// timer does for all of them.
void NodeConnection::watch_deadlines() {
  auto oldest = Clock::time_point::max();
  const auto is_open = [](const std::unique_ptr<Call>& call) { return !call->is_finished(); };
  const auto first = std::find_if(in_flight_.begin(), in_flight_.end(), is_open);
  if (first != in_flight_.end()) oldest = (*first)->made_;
  if (!waiting_.empty()) oldest = std::min(oldest, waiting_.front()->made_);
  if (!in_flight_.empty()) oldest = std::min(oldest, heard_);
  is_watching_ = oldest != Clock::time_point::max();
  if (!is_watching_) return;
  deadline_timer_.expires_at(oldest + options_.client.request_timeout);
  deadline_timer_.async_wait([self = shared_from_this()](const std::error_code&) { self->on_deadline(); });
}

void NodeConnection::on_deadline() {
  is_watching_ = false;
  if (state_ == State::kStopped) return;
  const auto now = options_.now();
  expire(now);
  const bool is_dead = !in_flight_.empty() && heard_ + options_.client.request_timeout <= now;
  if (is_dead && state_ == State::kReady) {
    if (!away_since_) away_since_ = heard_;
    lose_connection({.kind = ErrorKind::kClosed, .message = "the server has stopped answering"}, options_.repeat);
  }
  if (!is_watching_ && state_ != State::kStopped) watch_deadlines();
}

void NodeConnection::expire(Clock::time_point now) {
  const auto is_late = [&](const Call& call) { return call.made_ + options_.client.request_timeout <= now; };
  Calls late;
  while (!waiting_.empty() && is_late(*waiting_.front())) {
    late.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  const Error error = late_error();
  std::vector<Call*> unanswered;
  for (const auto& call : in_flight_) {
    if (!is_late(*call)) break;
    if (!call->is_finished()) unanswered.push_back(call.get());
  }
  // Calls that are told may be the cause of anything but of an end of those in flight, which an event of the
  // connection brings: it is not read from meanwhile.
  for (Call* const call : unanswered) {
    call->finish(Error{.kind = ErrorKind::kTimeout, .message = "the server did not answer in time"});
  }
  for (const auto& call : late) call->finish(outcome(*call, error));
}

// Why a waiting call ends. One that has been in flight may have counted, though it waits for a connection again.
Error NodeConnection::outcome(const Call& call, Error why) {
  if (!call.was_repeated_ || why.kind != ErrorKind::kConnect) return why;
  return {.kind = ErrorKind::kClosed, .message = "the connection ended before the answer, and " + why.message};
}

Error NodeConnection::late_error() const {
  if (state_ == State::kReady) return {.kind = ErrorKind::kTimeout, .message = "the server did not answer in time"};
  if (last_failure_) return *last_failure_;
  return {.kind = ErrorKind::kConnect,
          .message = "cannot connect to " + text::to_string(route_->endpoint()) + ": no answer in time"};
}

}  // namespace lastbeat
