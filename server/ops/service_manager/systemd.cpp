#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>
#include <string>

#include "service_manager/service_manager.hpp"

namespace lastbeat::service_manager {
namespace {

// What cannot be told is the manager's to notice: there is nobody else to tell.
void tell(const std::string& state) { static_cast<void>(::sd_notify(0, state.c_str())); }

std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr long kNanoseconds = 1000;
  constexpr long kMicroseconds = 1'000'000;
  return std::to_string(now.tv_sec * kMicroseconds + now.tv_nsec / kNanoseconds);
}

}  // namespace

void tell_ready() { tell("READY=1"); }

void tell_reloading() { tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }

void tell_stopping(std::chrono::microseconds at_most) {
  tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(at_most.count()));
}

std::chrono::microseconds watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return {};
  return std::chrono::microseconds{microseconds};
}

void tell_alive() { tell("WATCHDOG=1"); }

}  // namespace lastbeat::service_manager
