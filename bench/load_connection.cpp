#include "bench/load_connection.hpp"

#include <algorithm>
#include <cstring>

namespace lastbeat::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kMostMessages = 5;

bool is_retry(const std::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again || error == asio::error::interrupted;
}

// The thread of a tally is its only writer, so this needs no locked instruction.
void add(std::atomic<std::uint64_t>& sum, std::uint64_t count) {
  sum.store(sum.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace

void Tally::fail(const std::string& message, std::uint64_t count) {
  add(errors, count);
  if (messages.size() < kMostMessages || messages.contains(message)) messages[message] += count;
}

LoadConnection::LoadConnection(std::unique_ptr<Link> link, std::unique_ptr<Dialect> dialect, const Plan& plan,
                               Tally& tally)
    : link_{std::move(link)},
      socket_{link_->socket()},
      timer_{link_->get_executor()},
      dialect_{std::move(dialect)},
      plan_{plan},
      tally_{tally},
      random_{plan.seed},
      in_flight_{plan.pipeline},
      in_(kReadBytes) {
  if (!link_->is_encrypted()) socket_.non_blocking(true);
}

void LoadConnection::start(Clock::time_point start) {
  start_ = start;
  wait_readable();
  fill_pipeline();
}

std::uint64_t LoadConnection::unanswered(Clock::time_point now) const {
  std::uint64_t requests = in_flight_.size();
  if (plan_.schedule) {
    const std::uint64_t due = plan_.schedule->due_within(now - start_);
    requests += due - std::min(due, sent_requests_);
  }
  return requests * plan_.operations;
}

// --- sending ------------------------------------------------------------------------------------------------------

void LoadConnection::fill_pipeline() {
  if (!link_->is_open()) return;
  const auto now = Clock::now();
  // A server that reads slowly may leave a rest every time: what has been sent must not pile up in front of it.
  if (out_sent_ > out_.size() / 2) {
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_sent_));
    out_sent_ = 0;
  }
  while (!in_flight_.is_full()) {
    auto counts_from = now;
    if (plan_.schedule) {
      counts_from = start_ + plan_.schedule->due(sent_requests_);
      if (counts_from > now) {
        wait_until_due(counts_from);
        break;
      }
    }
    dialect_->append_request(out_, random_);
    in_flight_.push(counts_from);
    ++sent_requests_;
  }
  send();
}

void LoadConnection::send() {
  if (is_waiting_writable_ || is_send_broken_ || out_sent_ == out_.size()) return;
  if (link_->is_encrypted()) return send_encrypted();
  std::error_code error;
  out_sent_ += socket_.write_some(asio::buffer(out_) + out_sent_, error);
  if (error && !is_retry(error)) {
    // Sending fails first when a server says goodbye and closes. Its reason is still to be read, and so is the end.
    is_send_broken_ = true;
    return;
  }
  if (out_sent_ == out_.size()) {
    out_.clear();
    out_sent_ = 0;
    return;
  }
  is_waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write, [this](const std::error_code& failed) {
    is_waiting_writable_ = false;
    if (!failed) send();
  });
}

void LoadConnection::send_encrypted() {
  is_waiting_writable_ = true;
  sending_.clear();
  sending_.swap(out_);
  link_->async_write(asio::buffer(sending_), [this](const std::error_code& failed, std::size_t) {
    is_waiting_writable_ = false;
    is_send_broken_ = static_cast<bool>(failed);
    send();
  });
}

void LoadConnection::wait_until_due(Clock::time_point due) {
  if (is_waiting_due_) return;
  is_waiting_due_ = true;
  timer_.expires_at(due);
  timer_.async_wait(
      asio::bind_allocator(HandlerAllocator<std::byte>{timer_memory_}, [this](const std::error_code& error) {
        is_waiting_due_ = false;
        if (!error) fill_pipeline();
      }));
}

// --- receiving ----------------------------------------------------------------------------------------------------

void LoadConnection::wait_readable() {
  if (in_size_ == in_.size()) in_.resize(2 * in_.size());
  if (link_->is_encrypted()) {
    return link_->async_read_some(asio::buffer(in_) + in_size_,
                                  [this](const std::error_code& error, std::size_t bytes) {
                                    if (error != asio::error::operation_aborted) on_received(error, bytes);
                                  });
  }
  socket_.async_wait(Socket::wait_read, [this](const std::error_code& error) {
    if (!error) on_readable();
  });
}

void LoadConnection::on_readable() {
  std::error_code error;
  const std::size_t bytes = socket_.read_some(asio::buffer(in_) + in_size_, error);
  if (is_retry(error)) return wait_readable();
  on_received(error, bytes);
}

void LoadConnection::on_received(const std::error_code& error, std::size_t bytes) {
  in_size_ += bytes;
  if (error) return give_up("connection lost: " + error.message());
  const Replies replies = dialect_->take_replies(std::span{in_}.first(in_size_));
  std::memmove(in_.data(), in_.data() + replies.consumed_bytes, in_size_ - replies.consumed_bytes);
  in_size_ -= replies.consumed_bytes;
  if (!complete(replies)) return give_up("the server sent a reply that nobody had asked for");
  if (replies.errors != 0) tally_.fail(replies.message, replies.errors);
  if (replies.is_broken) return give_up(replies.message);
  fill_pipeline();
  wait_readable();
}

// False when there are more replies than requests. Which of the replies of one read were refusals is not known: the
// first of them are taken to be.
bool LoadConnection::complete(const Replies& replies) {
  if (replies.complete > in_flight_.size()) return false;
  const auto now = Clock::now();
  refused_ += replies.errors;
  for (std::uint64_t i = 0; i < replies.complete; ++i) {
    const auto latency = std::max(now - in_flight_.pop(), Clock::duration::zero());
    const std::uint64_t refused = std::min<std::uint64_t>(refused_, plan_.operations);
    refused_ -= refused;
    const std::uint64_t done = plan_.operations - refused;
    if (done == 0) continue;
    tally_.latency_ns.record(static_cast<std::uint64_t>(std::chrono::nanoseconds{latency}.count()), done);
    add(tally_.operations, done);
  }
  return true;
}

void LoadConnection::give_up(const std::string& message) {
  tally_.fail(message);
  link_->close();
  timer_.cancel();
}

}  // namespace lastbeat::bench
