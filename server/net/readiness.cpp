#include "net/readiness.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>

namespace lastbeat {
namespace {

// Sockets served before Asio's other work gets its turn.
constexpr std::size_t kMostEvents = 128;

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error{errno, std::system_category(), "cannot create an epoll set"};
  return set;
}

int operation(Interest before, Interest after) noexcept {
  if (before == Interest::kNone) return EPOLL_CTL_ADD;
  // Not merely asked for nothing: epoll tells of failures in any case, over and over.
  return after == Interest::kNone ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
}

}  // namespace

Readiness::Readiness(asio::io_context& context) : set_{context.get_executor(), make_set()} {}

void Readiness::stop() {
  is_stopped_ = true;  // the wait may be over already, and its handler on its way
  std::error_code ignored;
  set_.cancel(ignored);
}

void Readiness::change(int descriptor, Watcher& watcher, Interest before, Interest after) {
  if (before == after) return;
  epoll_event event{};
  event.events = after == Interest::kWrite ? EPOLLOUT : EPOLLIN;
  event.data.ptr = &watcher;
  if (::epoll_ctl(set_.native_handle(), operation(before, after), descriptor, &event) != 0) throw std::bad_alloc{};
}

void Readiness::wait() {
  set_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const std::error_code& error) {
    if (error || is_stopped_) return;
    tell_all();
    wait();
  });
}

void Readiness::tell_all() {
  std::array<epoll_event, kMostEvents> events;  // NOLINT(*-member-init): the kernel writes it
  const int count = ::epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) static_cast<Watcher*>(events[static_cast<std::size_t>(i)].data.ptr)->on_ready();
}

}  // namespace lastbeat
