// The one clock that tokens go by.
#pragma once

#include <chrono>

#include "auth/identity.hpp"

namespace lastbeat::auth {

[[nodiscard]] inline UnixSecond unix_now() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::seconds>(now).count();
}

}  // namespace lastbeat::auth
