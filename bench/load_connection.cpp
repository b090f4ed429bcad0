#include "bench/load_connection.hpp"

#include <algorithm>
#include <cstring>

namespace lastbeat::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kMostMessages = 5;

bool is_retry(const std::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

void Tally::fail(const std::string& message, std::uint64_t count) {
  errors.store(errors.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  if (messages.size() < kMostMessages || messages.contains(message)) messages[message] += count;
}

LoadConnection::LoadConnection(Socket socket, std::unique_ptr<Dialect> dialect, const Plan& plan, Tally& tally)
    : socket_{std::move(socket)},
      timer_{socket_.get_executor()},
      dialect_{std::move(dialect)},
      plan_{plan},
      tally_{tally},
      random_{plan.seed},
      in_(kReadBytes) {
  socket_.non_blocking(true);
  ++tally_.connections_left;
}

void LoadConnection::start(Clock::time_point start) {
  start_ = start;
  wait_readable();
  fill_pipeline();
}

void LoadConnection::fill_pipeline() {
  if (!socket_.is_open()) return;
  const auto now = Clock::now();
  while (in_flight_.size() < plan_.pipeline) {
    auto counts_from = now;
    if (plan_.schedule) {
      counts_from = start_ + plan_.schedule->due(sent_requests_);
      if (counts_from > now) {
        wait_until_due(counts_from);
        break;
      }
    }
    dialect_->append_request(out_, random_);
    in_flight_.push_back(counts_from);
    ++sent_requests_;
  }
  send();
}

void LoadConnection::send() {
  if (is_waiting_writable_ || out_sent_ == out_.size()) return;
  std::error_code error;
  out_sent_ += socket_.write_some(asio::buffer(out_) + out_sent_, error);
  if (error && !is_retry(error)) return give_up("cannot send: " + error.message());
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

void LoadConnection::wait_readable() {
  socket_.async_wait(Socket::wait_read, [this](const std::error_code& error) {
    if (!error) on_readable();
  });
}

void LoadConnection::on_readable() {
  if (in_size_ == in_.size()) in_.resize(2 * in_.size());
  std::error_code error;
  in_size_ += socket_.read_some(asio::buffer(in_) + in_size_, error);
  if (is_retry(error)) return wait_readable();
  if (error) return give_up(error == asio::error::eof ? "the server closed the connection" : error.message());

  const Replies replies = dialect_->take_replies(std::span{in_}.first(in_size_));
  std::memmove(in_.data(), in_.data() + replies.consumed_bytes, in_size_ - replies.consumed_bytes);
  in_size_ -= replies.consumed_bytes;
  if (replies.errors != 0) tally_.fail(replies.message, replies.errors);
  complete(replies.complete);
  if (replies.is_broken) return give_up("the server sent no reply but something else, or goodbye");
  fill_pipeline();
  wait_readable();
}

void LoadConnection::complete(std::uint64_t replies) {
  const auto now = Clock::now();
  for (; replies > 0 && !in_flight_.empty(); --replies) {
    const auto latency = std::max(now - in_flight_.front(), Clock::duration::zero());
    in_flight_.pop_front();
    tally_.latency_ns.record(static_cast<std::uint64_t>(std::chrono::nanoseconds{latency}.count()), plan_.operations);
    tally_.operations.store(tally_.operations.load(std::memory_order_relaxed) + plan_.operations,
                            std::memory_order_relaxed);
  }
}

void LoadConnection::wait_until_due(Clock::time_point due) {
  if (is_waiting_due_) return;
  is_waiting_due_ = true;
  timer_.expires_at(due);
  timer_.async_wait([this](const std::error_code& error) {
    is_waiting_due_ = false;
    if (!error) fill_pipeline();
  });
}

void LoadConnection::give_up(const std::string& message) {
  tally_.fail(message);
  std::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  --tally_.connections_left;
}

}  // namespace lastbeat::bench
