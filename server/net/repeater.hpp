// Does something again and again on an event loop's thread.
#pragma once

#include <asio.hpp>
#include <chrono>
#include <functional>

namespace lastbeat {

// Threads: that of `context`, or any before the context runs.
class Repeater {
 public:
  // `act` must not throw. `context` outlives the repeater, or ends with it.
  Repeater(asio::io_context& context, std::chrono::milliseconds interval, std::function<void()> act);

  void start();  // acts at once, and then after every interval
  void stop();   // from then on nothing is done, and nothing keeps the context running

 private:
  void run();

  asio::steady_timer timer_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> act_;
  bool is_running_ = false;
};

}  // namespace lastbeat
