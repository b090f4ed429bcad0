// Two connected unix sockets that do not block.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "net/socket.hpp"

namespace lastbeat::test {

class SocketPair {
 public:
  [[nodiscard]] Socket& near() noexcept { return near_; }
  [[nodiscard]] Socket& far() noexcept { return far_; }

 private:
  static std::array<int, 2> connected() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::system_error{errno, std::system_category(), "no pair of sockets"};
    }
    return ends;
  }

  std::array<int, 2> ends_ = connected();
  Socket near_{ends_[0]};
  Socket far_{ends_[1]};
};

}  // namespace lastbeat::test
