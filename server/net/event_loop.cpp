#include "net/event_loop.hpp"

#include <algorithm>

#include "log/log.hpp"

namespace lastbeat {
namespace {

constexpr std::chrono::milliseconds kLongestTick{500};
constexpr std::chrono::milliseconds kShortestTick{10};
constexpr std::chrono::seconds kLogInterval{10};
// A batch that grew beyond this is not kept for reuse.
constexpr std::size_t kMostSpareCommands = std::size_t{1} << 18U;
// What is kept of buffers for reuse.
constexpr std::size_t kMostSpareBuffers = 256;
constexpr std::size_t kMostSpareBytes = std::size_t{4} << 20U;

// Often enough that the shortest timeout is kept to about a quarter.
std::chrono::milliseconds tick_interval(const SessionLimits& limits) {
  auto shortest = std::min({limits.slow_reader_timeout, limits.linger, limits.handshake_timeout});
  if (limits.idle_timeout.count() != 0) shortest = std::min(shortest, limits.idle_timeout);
  return std::clamp(shortest / 4, kShortestTick, kLongestTick);
}

}  // namespace

EventLoop::EventLoop(PresenceService& presence, const SessionLimits& limits, Budget& held_bytes,
                     std::span<const ListenerProtocol> listeners, const ServerQuestions& questions,
                     Session::Now turn_clock)
    : limits_{limits},
      turn_clock_{turn_clock},
      presence_{presence},
      held_bytes_{held_bytes},
      memory_log_{kLogInterval},
      overload_log_{kLogInterval} {
  for (const ListenerProtocol& protocol : listeners) {
    listeners_.push_back(std::make_unique<ServedListener>(presence, questions, protocol));
  }
  spare_buffers_.reserve(kMostSpareBuffers);
}

void EventLoop::start() {
  readiness_.start();
  tick();
  thread_ = std::thread{[this] { context_.run(); }};
}

void EventLoop::stop(std::chrono::milliseconds grace) {
  asio::post(context_, [this, grace] {
    last_call_ = Session::Clock::now() + grace;
    end_all();
    ticker_.cancel();  // an empty loop ends at once
  });
}

void EventLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void EventLoop::adopt(Socket socket, Lease lease, std::size_t listener, std::optional<EndReason> refusal) {
  asio::post(context_, [this, socket = std::move(socket), lease = std::move(lease), listener, refusal]() mutable {
    add(std::move(socket), std::move(lease), listener, refusal);
  });
}

void EventLoop::add(Socket socket, Lease lease, std::size_t listener, std::optional<EndReason> refusal) {
  if (last_call_) refusal = EndReason::kShuttingDown;
  ServedListener& served = *listeners_[listener];
  served.counters.add(Counter::kConnectionsAccepted);
  try {
    const auto session = std::make_shared<Session>(std::move(socket), served, std::move(lease), *this);
    session->place_ = sessions_.insert(sessions_.end(), session);
    if (refusal) session->ending_ = refusal;
    session->start();
  } catch (const std::bad_alloc&) {  // before there was a session to deal with that
    served.counters.add(Counter::kOutOfMemory);
    tell_out_of_memory();
  }
}

void EventLoop::remove(std::list<std::shared_ptr<Session>>::iterator place) noexcept { sessions_.erase(place); }

void EventLoop::tick() {
  now_ = Session::Clock::now();
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const std::shared_ptr<Session> session = *next++;  // it may leave the list
    session->check_deadlines();
  }
  if (last_call_) {
    if (now_ >= *last_call_) close_all();
    if (sessions_.empty()) {
      readiness_.stop();
      return work_.reset();
    }
  }
  ticker_.expires_after(last_call_ ? kShortestTick : tick_interval(limits_));
  ticker_.async_wait([this](const std::error_code&) { tick(); });
}

void EventLoop::tell_out_of_memory() noexcept {
  if (!memory_log_.allow(Session::Clock::now())) return;
  log::error("no memory for requests: closing connections");
}

void EventLoop::tell_overload() {
  if (!overload_log_.allow(Session::Clock::now())) return;
  const std::uint64_t limit = held_bytes_.limit();
  log::warn("closing connections: half requests and unread replies of all would take more than " +
                std::to_string(limit) + " bytes",
            {{"max_held_bytes", limit}});
}

void EventLoop::close_all() {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const std::shared_ptr<Session> session = *next++;
    session->close();
  }
}

void EventLoop::end_all() {
  for (auto next = sessions_.begin(); next != sessions_.end();) {
    const std::shared_ptr<Session> session = *next++;
    session->end(EndReason::kShuttingDown);
  }
}

void EventLoop::give_back(std::unique_ptr<Batch> batch) noexcept {
  if (batch->commands.capacity() <= kMostSpareCommands) spare_batch_.give_back(std::move(batch));
}

Buffer EventLoop::take_buffer() noexcept {
  if (spare_buffers_.empty()) return {};
  Buffer buffer = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  spare_bytes_ -= buffer.capacity();
  return buffer;
}

void EventLoop::give_back(Buffer buffer) noexcept {
  if (buffer.capacity() == 0 || spare_buffers_.size() == kMostSpareBuffers) return;
  if (spare_bytes_ + buffer.capacity() > kMostSpareBytes) return;
  spare_bytes_ += buffer.capacity();
  spare_buffers_.push_back(std::move(buffer));  // there is room: it cannot throw
}

}  // namespace lastbeat
