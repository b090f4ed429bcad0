#include "client_loop.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace lastbeat {

void ClientLoop::stop() {
  client_.reset();
  work_.reset();
  if (thread_.joinable()) thread_.join();  // nothing is left to do there
}

void ClientLoop::start(std::function<void()> after_failure) {
  thread_ = std::thread{[this, after_failure = std::move(after_failure)] { run(after_failure); }};
}

// Want of memory or of threads does not end the program.
void ClientLoop::run(const std::function<void()>& after_failure) noexcept {
  constexpr std::chrono::milliseconds kPause{10};
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception&) {
      std::this_thread::sleep_for(kPause);
      if (after_failure) after_failure();
    }
  }
}

}  // namespace lastbeat
