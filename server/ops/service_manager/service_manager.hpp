// What systemd is told about this process. Without one that listens, nothing happens.
#pragma once

#include <chrono>

namespace lastbeat::service_manager {

// It serves.
void tell_ready();
// It reads its files again; tell_ready() ends that.
void tell_reloading();
// It ends within `at_most`, however short the manager's own patience is.
void tell_stopping(std::chrono::microseconds at_most);

// How often the manager wants tell_alive() at least, or it kills the process; zero: it does not watch.
[[nodiscard]] std::chrono::microseconds watchdog_interval();
// Any thread.
void tell_alive();

}  // namespace lastbeat::service_manager
