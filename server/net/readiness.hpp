// Which sockets of an event loop can be read or written: an epoll set of their own, as one descriptor of Asio's.
//
// Asio's async_wait re-arms its socket with a system call for every wait, nearly a tenth of what a small request costs,
// and keeps about 400 bytes for a socket that waits. This set is level-triggered: whoever reads on need not ask again.
#pragma once

#include <asio.hpp>

#include "net/interest.hpp"

namespace lastbeat {

// Told that its socket can be read, or written, whichever it asked for; or that it failed, which reading or writing
// then tells.
class Watcher {
 public:
  virtual void on_ready() = 0;

 protected:
  ~Watcher() = default;
};

// Threads: construction from any, everything else from the loop's own.
class Readiness {
 public:
  // Throws std::system_error when there is no descriptor left.
  explicit Readiness(asio::io_context& context);

  // Watches until stop() is called; until then the context has work.
  void start() { wait(); }
  void stop();

  // From now on `watcher` is told about `after`, where it has been about `before`. A closed descriptor is not watched
  // any more. Within on_ready() a watcher may close its own socket, and no other's. Throws std::bad_alloc when the
  // kernel has no room.
  void change(int descriptor, Watcher& watcher, Interest before, Interest after);

 private:
  void wait();
  void tell_all();

  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> set_;
  bool is_stopped_ = false;
};

}  // namespace lastbeat
