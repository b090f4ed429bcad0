// A user's stamp as it is in the table: by Unix time, which all servers have.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "protocol/types.hpp"

namespace lastbeat::dynamo {

using UnixTime = std::chrono::milliseconds;  // since 1970

// 2 * millisecond + left, so that the larger one counts. The zero stamp means "none".
class UnixStamp {
 public:
  constexpr UnixStamp() = default;
  static constexpr UnixStamp heartbeat(UnixTime time) noexcept { return UnixStamp{time.count() * 2}; }
  static constexpr UnixStamp leave(UnixTime time) noexcept { return UnixStamp{time.count() * 2 + 1}; }
  static constexpr UnixStamp from_number(std::int64_t number) noexcept { return UnixStamp{number}; }

  [[nodiscard]] constexpr bool is_none() const noexcept { return number_ == 0; }
  [[nodiscard]] constexpr bool is_left() const noexcept { return (number_ & 1) != 0; }
  [[nodiscard]] constexpr UnixTime time() const noexcept { return UnixTime{number_ / 2}; }
  [[nodiscard]] constexpr std::int64_t number() const noexcept { return number_; }

  friend constexpr auto operator<=>(const UnixStamp&, const UnixStamp&) = default;

 private:
  explicit constexpr UnixStamp(std::int64_t number) noexcept : number_{number} {}
  std::int64_t number_ = 0;
};

// What is in the table about a user, or is to be.
struct UserStamp {
  UserId user{};
  UnixStamp stamp{};
  friend constexpr bool operator==(const UserStamp&, const UserStamp&) = default;
};

}  // namespace lastbeat::dynamo
