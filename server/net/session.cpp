#include "net/session.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "net/event_loop.hpp"

namespace lastbeat {
namespace {

// A request that arrives in pieces is gathered in a buffer that grows with what has arrived, not with what was
// promised.
constexpr std::size_t kFirstPendingBytes = std::size_t{16} << 10U;
// Up to this size it is moved to the front of the scratch buffer instead, so that one read takes its rest and all that
// follows. Not more, or whoever sends byte by byte would make the server move a lot for little.
constexpr std::size_t kMostMovedBytes = std::size_t{16} << 10U;
// So little is not counted with what all connections hold: a common request that comes in two pieces, or a few replies
// that wait, must not touch what all loops share. --max-connections bounds it.
constexpr std::size_t kUncountedBytes = std::size_t{16} << 10U;

}  // namespace

Session::Session(Socket socket, ServedListener& listener, Lease lease, EventLoop& loop)
    : socket_{std::move(socket)},
      listener_{listener},
      codec_{listener.codecs->make()},
      lease_{std::move(lease)},
      loop_{loop},
      held_{loop.held_bytes_},
      deadline_start_{loop.now_} {}

void Session::start() {
  guarded([&] { finish_turn(); });
}

void Session::end(EndReason reason) {
  if (state_ == State::kClosed || state_ == State::kLingering || ending_) return;
  if (!socket_.is_established()) return close();  // nobody there to say goodbye to
  ending_ = reason;
  if (state_ == State::kReading) guarded([&] { finish_turn(); });
}

void Session::close() noexcept {
  if (state_ == State::kClosed) return;
  const bool store_is_at_work = state_ == State::kExecuting;
  state_ = State::kClosed;
  socket_.close();
  // While the store works on its batch the loop must not end: on_batch_done is still to come.
  if (!store_is_at_work) loop_.remove(place_);
}

void Session::check_deadlines() {
  const auto waited = loop_.now_ - deadline_start_;
  switch (state_) {
    case State::kReading:
      if (!socket_.is_established()) {
        if (waited > loop_.limits_.handshake_timeout) give_up_handshake();
      } else if (loop_.limits_.idle_timeout.count() != 0 && waited > loop_.limits_.idle_timeout) {
        end(EndReason::kIdle);
      } else if (is_request_slow()) {
        end(EndReason::kSlowRequest);
      }
      break;
    case State::kWriting:
      if (waited > loop_.limits_.slow_reader_timeout) {
        listener_.counters.add(Counter::kRefusedSlowReaders);
        close();
      }
      break;
    case State::kLingering:
      if (waited > loop_.limits_.linger) close();
      break;
    case State::kExecuting:
    case State::kClosed:
      break;
  }
}

void Session::give_up_handshake() {
  listener_.counters.add(Counter::kRefusedHandshakes);
  close();
}

bool Session::is_request_slow() const {
  if (!request_start_) return false;
  const auto timeout = codec_->request_timeout();
  return timeout.count() != 0 && loop_.now_ - *request_start_ > timeout;
}

// --- reading ------------------------------------------------------------------------------------------------------

template <class Turn>
void Session::guarded(Turn turn) {
  try {
    turn();
  } catch (const std::bad_alloc&) {
    loop_.rendered_.clear();
    listener_.counters.add(Counter::kOutOfMemory);
    loop_.tell_out_of_memory();
    close();
  }
}

void Session::on_ready() {
  const auto self = shared_from_this();
  guarded([&] {
    if (state_ == State::kReading) return on_readable();
    if (state_ == State::kWriting) return on_writable();
    if (state_ == State::kLingering) drain();
  });
}

void Session::watch(Interest interest) {
  loop_.readiness_.change(socket_.descriptor(), *this, watched_, interest);
  watched_ = interest;
}

void Session::on_readable() {
  if (is_turn_posted_) return;
  turn_start_ = loop_.turn_clock_();
  if (wanted_ <= kMostMovedBytes) {
    read_into_scratch();
  } else {
    read_into_pending();
  }
}

void Session::read_into_scratch() {
  const std::span scratch{loop_.scratch_};
  const std::size_t kept = pending_.size();
  std::copy(pending_.begin(), pending_.end(), scratch.begin());
  const auto read = socket_.receive(scratch.subspan(kept));
  if (!has_read(read)) return;
  const auto input = scratch.first(kept + read.bytes);
  keep(input.subspan(consume(input)));
  finish_turn();
}

// The rest of a request goes behind what is here already, and whatever follows it into the scratch buffer.
void Session::read_into_pending() {
  const std::size_t kept = pending_.size();
  const std::size_t size = std::min(wanted_, std::max(kFirstPendingBytes, 2 * kept));
  pending_.resize(size);
  const std::span scratch{loop_.scratch_};
  const auto read = socket_.receive(std::span{pending_}.subspan(kept), size == wanted_ ? scratch : scratch.first(0));
  if (kept + read.bytes < wanted_) pending_.resize(kept + read.bytes);
  if (!has_read(read)) return;
  if (pending_.size() < wanted_) return finish_turn();
  const auto rest = scratch.first(kept + read.bytes - wanted_);
  consume(pending_);
  const bool may_go_on = state_ == State::kReading && !said_goodbye_;
  keep(may_go_on ? rest.subspan(consume(rest)) : rest);
  finish_turn();
}

// Memory of what has been dealt with is given back: an idle connection holds none.
void Session::keep(std::span<const std::byte> rest) {
  if (rest.empty()) return loop_.give_back(std::exchange(pending_, Buffer{}));
  if (pending_.capacity() == 0) pending_ = loop_.take_buffer();
  pending_.assign(rest.begin(), rest.end());
}

bool Session::has_read(Transfer read) {
  if (read.outcome == Transfer::Outcome::kClosed) {
    if (!socket_.is_established()) give_up_handshake();
    close();
  }
  if (read.outcome == Transfer::Outcome::kNotNow) watch(socket_.interest(Interest::kRead));
  if (read.outcome != Transfer::Outcome::kDone) return false;
  listener_.counters.add(Counter::kBytesIn, read.bytes);
  return true;
}

// --- executing ----------------------------------------------------------------------------------------------------

std::size_t Session::consume(std::span<const std::byte> input) {
  wanted_ = 0;
  if (input.empty()) return 0;
  batch_ = loop_.take_batch();
  const Decoded decoded = codec_->decode(input, *batch_);
  is_last_batch_ = decoded.is_last;
  note_request(decoded);
  in_codec_ = decoded.held;
  if (!decoded.is_last) wanted_ = decoded.wanted;
  const std::size_t dealt_with = decoded.is_last ? input.size() : decoded.consumed;
  if (decoded.owes_replies) {
    deadline_start_ = loop_.now_;
    if (!execute_batch()) {
      state_ = State::kExecuting;
      return dealt_with;
    }
    render_batch();
  } else {
    loop_.give_back(std::move(batch_));
  }
  return dealt_with;
}

void Session::note_request(const Decoded& decoded) {
  if (!decoded.is_in_request) {
    request_start_.reset();
  } else if (!request_start_ || decoded.owes_replies) {
    request_start_ = loop_.now_;
  }
}

void Session::take_posted_turn() {
  is_turn_posted_ = false;
  if (state_ != State::kReading) return;
  turn_start_ = loop_.turn_clock_();
  has_whole_requests() ? consume_pending() : on_readable();
}

void Session::consume_pending() {
  pending_at_ += consume(std::span{pending_}.subspan(pending_at_));
  // What is left is moved only once it is less than one request, or nothing.
  if (pending_at_ == pending_.size() || wanted_ != 0) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(pending_at_));
    if (pending_.empty()) loop_.give_back(std::exchange(pending_, Buffer{}));
    pending_at_ = 0;
  }
  finish_turn();
}

bool Session::execute_batch() {
  batch_result_ = BatchResult::kDone;
  if (batch_->commands.empty()) return true;
  batch_state_.store(BatchState::kCalling);
  loop_.presence_.execute(batch_->commands, batch_->answers, *this);
  return batch_state_.exchange(BatchState::kPending) == BatchState::kDone;
}

// On any thread. A store that is quick tells before execute() has returned: then there is nothing to post.
void Session::batch_done(BatchResult result) noexcept {
  batch_result_ = result;
  if (batch_state_.exchange(BatchState::kDone) != BatchState::kPending) return;
  asio::post(loop_.context_, [self = shared_from_this()] { self->guarded([&] { self->on_batch_done(); }); });
}

void Session::on_batch_done() {
  if (state_ == State::kClosed) return loop_.remove(place_);
  state_ = State::kReading;
  render_batch();
  finish_turn();
}

void Session::render_batch() {
  codec_->render(*batch_, batch_result_, loop_.rendered_);
  loop_.give_back(std::move(batch_));
  said_goodbye_ = is_last_batch_;
  has_rendered_ = true;
}

// --- writing ------------------------------------------------------------------------------------------------------

void Session::finish_turn() {
  if (state_ == State::kClosed) return loop_.rendered_.clear();
  if (ending_ && !said_goodbye_ && state_ == State::kReading) {
    codec_->say_goodbye(*ending_, loop_.rendered_);
    said_goodbye_ = true;
  }
  send_rendered();
  if (std::exchange(has_rendered_, false)) listener_.turns.record(loop_.turn_clock_() - turn_start_);
  go_on();
}

void Session::send_rendered() {
  Buffer& rendered = loop_.rendered_;
  if (rendered.empty()) return;
  if (sent_ < unsent_.size()) {  // keep the order
    unsent_.insert(unsent_.end(), rendered.begin(), rendered.end());
    return rendered.clear();
  }
  const auto send = socket_.send(rendered);
  if (send.outcome == Transfer::Outcome::kClosed) {
    rendered.clear();
    return close();
  }
  listener_.counters.add(Counter::kBytesOut, send.bytes);
  unsent_.assign(rendered.begin() + static_cast<std::ptrdiff_t>(send.bytes), rendered.end());
  rendered.clear();
}

void Session::go_on() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kExecuting) return watch(Interest::kNone);
  const bool is_sent = sent_ == unsent_.size();
  if (is_sent && said_goodbye_) return linger();
  if (!held_.change_to(held_bytes())) return give_way(is_sent);
  if (!is_sent) {
    if (state_ != State::kWriting) deadline_start_ = loop_.now_;
    state_ = State::kWriting;
    return watch(socket_.interest(Interest::kWrite));
  }
  state_ = State::kReading;
  if (has_whole_requests() || socket_.has_more()) return post_turn();
  watch(socket_.interest(Interest::kRead));
}

std::uint64_t Session::held_bytes() const noexcept {
  const std::size_t bytes = pending_.capacity() + unsent_.capacity() + in_codec_;
  return bytes > kUncountedBytes ? bytes : 0;
}

// All connections together would hold too much. Who does not read what has been sent would not read a goodbye either.
void Session::give_way(bool is_heard) {
  loop_.tell_overload();
  if (is_heard) {
    state_ = State::kReading;
    ending_ = EndReason::kOverloaded;
    pending_ = Buffer{};
    return finish_turn();
  }
  listener_.counters.add(Counter::kRefusedOverload);
  close();
}

// There are requests left that need not be waited for. Others first, then those.
void Session::post_turn() {
  if (std::exchange(is_turn_posted_, true)) return;
  asio::post(loop_.context_, [self = shared_from_this()] { self->guarded([&] { self->take_posted_turn(); }); });
}

void Session::on_writable() {
  const auto send = socket_.send(std::span{unsent_}.subspan(sent_));
  if (send.outcome == Transfer::Outcome::kClosed) return close();
  listener_.counters.add(Counter::kBytesOut, send.bytes);
  sent_ += send.bytes;
  if (send.bytes != 0) deadline_start_ = loop_.now_;
  if (sent_ == unsent_.size()) {
    unsent_ = Buffer{};  // not {}, which would keep its memory
    sent_ = 0;
    state_ = State::kReading;
  }
  finish_turn();
}

// --- closing ------------------------------------------------------------------------------------------------------

// Closing with unread input would reset the connection and take the goodbye with it (RFC 1122, 4.2.2.13).
void Session::linger() {
  state_ = State::kLingering;
  deadline_start_ = loop_.now_;
  pending_ = Buffer{};
  codec_.reset();
  in_codec_ = 0;
  static_cast<void>(held_.change_to(held_bytes()));  // less than before
  socket_.shut_down_sending();
  watch(Interest::kRead);
}

void Session::drain() {
  if (socket_.discard(loop_.scratch_).outcome == Transfer::Outcome::kClosed) close();
}

}  // namespace lastbeat
