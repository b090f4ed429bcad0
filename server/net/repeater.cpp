#include "net/repeater.hpp"

#include <utility>

namespace lastbeat {

Repeater::Repeater(asio::io_context& context, std::chrono::milliseconds interval, std::function<void()> act)
    : timer_{context}, interval_{interval}, act_{std::move(act)} {}

void Repeater::start() {
  is_running_ = true;
  run();
}

void Repeater::stop() {
  is_running_ = false;  // the timer may have gone off already, and its handler be waiting
  timer_.cancel();
}

void Repeater::run() {
  if (!is_running_) return;
  act_();
  if (!is_running_) return;  // by what was done
  timer_.expires_after(interval_);
  timer_.async_wait([this](const std::error_code&) { run(); });
}

}  // namespace lastbeat
