// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace lastbeat::bench {

// Closes what it holds. -1 holds nothing.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_{number} {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_ = -1;
};

// The result of a system call; throws std::system_error with errno when it is negative.
inline int checked(int result, const std::string& what) {
  if (result < 0) throw std::system_error{errno, std::system_category(), what};
  return result;
}

}  // namespace lastbeat::bench
