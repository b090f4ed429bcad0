// In place of systemd.cpp where there is no libsystemd.
#include "service_manager/service_manager.hpp"

namespace lastbeat::service_manager {

void tell_ready() {}
void tell_reloading() {}
void tell_stopping(std::chrono::microseconds /*at_most*/) {}
std::chrono::microseconds watchdog_interval() { return {}; }
void tell_alive() {}

}  // namespace lastbeat::service_manager
