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
// Reads of a lingering session in one turn.
constexpr int kMostDrainReads = 8;

bool is_retry(const std::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted;
}

}  // namespace

Session::Session(StreamSocket socket, std::unique_ptr<Codec> codec, Lease lease, EventLoop& loop)
    : socket_{std::move(socket)},
      codec_{std::move(codec)},
      lease_{std::move(lease)},
      loop_{loop},
      deadline_start_{loop.now_} {}

void Session::start() {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);  // a unix socket has no such option
  finish_turn();
}

void Session::end(protocol::ErrorCode reason) {
  if (state_ == State::kClosed || state_ == State::kLingering || ending_) return;
  ending_ = reason;
  if (state_ == State::kReading) finish_turn();
}

void Session::close() noexcept {
  if (state_ == State::kClosed) return;
  const bool store_is_at_work = state_ == State::kExecuting;
  state_ = State::kClosed;
  std::error_code ignored;
  socket_.close(ignored);
  // While the store works on its batch the loop must not end: on_batch_done is still to come.
  if (!store_is_at_work) loop_.remove(place_);
}

void Session::check_deadlines() {
  const auto waited = loop_.now_ - deadline_start_;
  switch (state_) {
    case State::kReading:
      if (loop_.limits_.idle_timeout.count() != 0 && waited > loop_.limits_.idle_timeout) {
        end(protocol::ErrorCode::kIdleTimeout);
      }
      break;
    case State::kWriting:
      if (waited > loop_.limits_.slow_reader_timeout) {
        loop_.counters_.add(Counter::kRefusedSlowReaders);
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

// --- reading ------------------------------------------------------------------------------------------------------

template <class Turn>
void Session::guarded(Turn turn) {
  try {
    turn();
  } catch (const std::bad_alloc&) {
    loop_.rendered_.clear();
    loop_.counters_.add(Counter::kOutOfMemory);
    close();
  }
}

void Session::wait_readable() {
  if (is_waiting_readable_) return;
  is_waiting_readable_ = true;
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](const std::error_code& error) {
    self->is_waiting_readable_ = false;
    if (!error) self->guarded([&] { self->on_readable(); });
  });
}

void Session::on_readable() {
  if (state_ == State::kLingering) return drain();
  if (state_ != State::kReading) return;  // was asked to end meanwhile; finish_turn will wait again if need be
  if (pending_.size() < protocol::kHeaderBytes) {
    read_into_scratch();
  } else {
    read_into_pending();
  }
}

void Session::read_into_scratch() {
  auto& scratch = loop_.scratch_;
  const std::size_t kept = pending_.size();
  std::copy(pending_.begin(), pending_.end(), scratch.begin());
  std::error_code error;
  const std::size_t bytes = socket_.read_some(asio::buffer(scratch.data() + kept, scratch.size() - kept), error);
  if (!has_read(error, bytes)) return;
  const auto input = std::span{scratch}.first(kept + bytes);
  keep(input.subspan(consume(input)));
  finish_turn();
}

// The rest of a request goes behind what is here already, and whatever follows it into the scratch buffer.
void Session::read_into_pending() {
  const std::size_t kept = pending_.size();
  const std::size_t size = std::min(wanted_, std::max(kFirstPendingBytes, 2 * kept));
  pending_.resize(size);
  const std::size_t scratch_size = size == wanted_ ? loop_.scratch_.size() : 0;
  const std::array buffers{asio::buffer(pending_.data() + kept, size - kept),
                           asio::buffer(loop_.scratch_.data(), scratch_size)};
  std::error_code error;
  const std::size_t bytes = socket_.read_some(buffers, error);
  if (error) pending_.resize(kept);
  if (!has_read(error, bytes)) return;
  if (kept + bytes < wanted_) {
    pending_.resize(kept + bytes);
    return finish_turn();
  }
  const std::size_t following = kept + bytes - wanted_;
  const Buffer request = std::exchange(pending_, Buffer{});
  consume(request);
  const auto rest = std::span{loop_.scratch_}.first(following);
  const bool may_go_on = state_ == State::kReading && !said_goodbye_;
  keep(may_go_on ? rest.subspan(consume(rest)) : rest);
  finish_turn();
}

// Memory of what has been dealt with is given back: an idle connection holds none.
void Session::keep(std::span<const std::byte> rest) { pending_ = Buffer(rest.begin(), rest.end()); }

bool Session::has_read(const std::error_code& error, std::size_t bytes) {
  if (is_retry(error)) {
    wait_readable();
    return false;
  }
  if (error) {  // the peer has closed, or is gone
    close();
    return false;
  }
  loop_.counters_.add(Counter::kBytesIn, bytes);
  return true;
}

// --- executing ----------------------------------------------------------------------------------------------------

std::size_t Session::consume(std::span<const std::byte> input) {
  wanted_ = 0;
  if (input.empty()) return 0;
  batch_ = loop_.take_batch();
  const Decoded decoded = codec_->decode(input, *batch_);
  if (!batch_->is_empty()) {
    deadline_start_ = loop_.now_;
    if (!execute_batch()) {
      state_ = State::kExecuting;
      return decoded.consumed;
    }
    codec_->render(*batch_, batch_result_, loop_.rendered_);
  }
  loop_.give_back(std::move(batch_));
  if (decoded.fatal) {
    say_goodbye(*decoded.fatal, input.subspan(decoded.consumed));
    return input.size();
  }
  wanted_ = decoded.wanted;
  return decoded.consumed;
}

void Session::consume_pending() {
  if (state_ != State::kReading) return;
  pending_at_ += consume(std::span{pending_}.subspan(pending_at_));
  // What is left is moved only once it is less than one request, or nothing.
  if (pending_at_ == pending_.size() || wanted_ != 0) {
    pending_ = Buffer(pending_.begin() + static_cast<std::ptrdiff_t>(pending_at_), pending_.end());
    pending_at_ = 0;
  }
  finish_turn();
}

bool Session::execute_batch() {
  batch_result_ = BatchResult::kDone;
  if (batch_->commands.empty()) return true;
  batch_state_.store(BatchState::kCalling);
  self_ = shared_from_this();
  loop_.presence_.execute(batch_->commands, batch_->answers, *this);
  if (batch_state_.exchange(BatchState::kPending) != BatchState::kDone) return false;
  self_.reset();
  return true;
}

// On any thread. A store that is quick tells before execute() has returned: then there is nothing to post.
void Session::batch_done(BatchResult result) noexcept {
  batch_result_ = result;
  if (batch_state_.exchange(BatchState::kDone) != BatchState::kPending) return;
  asio::post(loop_.context_, [self = shared_from_this()] { self->guarded([&] { self->on_batch_done(); }); });
}

void Session::on_batch_done() {
  const auto self = std::exchange(self_, nullptr);
  if (state_ == State::kClosed) return loop_.remove(place_);
  state_ = State::kReading;
  codec_->render(*batch_, batch_result_, loop_.rendered_);
  loop_.give_back(std::move(batch_));
  finish_turn();
}

void Session::say_goodbye(protocol::ErrorCode reason, std::span<const std::byte> input) {
  codec_->goodbye(reason, input, loop_.rendered_);
  said_goodbye_ = true;
}

// --- writing ------------------------------------------------------------------------------------------------------

void Session::finish_turn() {
  if (state_ == State::kClosed) return loop_.rendered_.clear();
  if (ending_ && !said_goodbye_ && state_ == State::kReading) say_goodbye(*ending_, {});
  send_rendered();
  go_on();
}

void Session::send_rendered() {
  Buffer& rendered = loop_.rendered_;
  if (rendered.empty()) return;
  if (sent_ < unsent_.size()) {  // keep the order
    unsent_.insert(unsent_.end(), rendered.begin(), rendered.end());
    return rendered.clear();
  }
  std::error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(rendered), error);
  if (error && !is_retry(error)) {
    rendered.clear();
    return close();
  }
  loop_.counters_.add(Counter::kBytesOut, sent);
  unsent_.assign(rendered.begin() + static_cast<std::ptrdiff_t>(sent), rendered.end());
  rendered.clear();
}

void Session::go_on() {
  if (state_ == State::kClosed || state_ == State::kExecuting) return;
  if (sent_ < unsent_.size()) {
    if (state_ != State::kWriting) deadline_start_ = loop_.now_;
    state_ = State::kWriting;
    return wait_writable();
  }
  state_ = State::kReading;
  if (said_goodbye_) return linger();
  if (!pending_.empty() && wanted_ == 0) {
    // There are whole requests left. Others first, then those.
    asio::post(loop_.context_, [self = shared_from_this()] { self->guarded([&] { self->consume_pending(); }); });
    return;
  }
  wait_readable();
}

void Session::wait_writable() {
  socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](const std::error_code& error) {
    if (!error) self->guarded([&] { self->on_writable(); });
  });
}

void Session::on_writable() {
  if (state_ != State::kWriting) return;
  std::error_code error;
  const std::size_t sent = socket_.write_some(asio::buffer(unsent_) + sent_, error);
  if (error && !is_retry(error)) return close();
  loop_.counters_.add(Counter::kBytesOut, sent);
  sent_ += sent;
  if (sent != 0) deadline_start_ = loop_.now_;
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
  std::error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  wait_readable();
}

void Session::drain() {
  for (int i = 0; i < kMostDrainReads; ++i) {
    std::error_code error;
    socket_.read_some(asio::buffer(loop_.scratch_), error);
    if (is_retry(error)) break;
    if (error) return close();
  }
  wait_readable();
}

}  // namespace lastbeat
