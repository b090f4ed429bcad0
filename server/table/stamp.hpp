// The one thing that is kept about a user: when they were last heard of, and whether that was a goodbye.
#pragma once

#include <compare>
#include <cstdint>

namespace lastbeat {

// A second of the server's clock (presence/clock.hpp), or a number of seconds. Never negative; second 0 never happens.
using Second = std::uint32_t;

// The last second that the clock publishes, 68 years after a start; then time stands still, and nobody goes offline any
// more, but nothing wraps. One second more can be borrowed (rules.hpp), and its stamp is the largest that fits.
inline constexpr Second kLastSecond = (Second{1} << 31U) - 2;

// 2 * second + left in 32 bits, so that the larger stamp is the one that counts and every write is a max.
// The zero stamp means "none".
class Stamp {
 public:
  constexpr Stamp() = default;
  static constexpr Stamp heartbeat(Second second) noexcept { return Stamp{second * 2}; }
  static constexpr Stamp leave(Second second) noexcept { return Stamp{second * 2 + 1}; }
  static constexpr Stamp from_word(std::uint32_t word) noexcept { return Stamp{word}; }

  [[nodiscard]] constexpr bool is_none() const noexcept { return word_ == 0; }
  [[nodiscard]] constexpr bool is_left() const noexcept { return (word_ & 1U) != 0; }
  [[nodiscard]] constexpr Second second() const noexcept { return word_ / 2; }
  [[nodiscard]] constexpr std::uint32_t word() const noexcept { return word_; }
  // Seconds from the stamp to `at`; a stamp newer than `at` has age 0. Requires a stamp.
  [[nodiscard]] constexpr Second age(Second at) const noexcept { return at > second() ? at - second() : 0; }

  friend constexpr auto operator<=>(const Stamp&, const Stamp&) = default;

 private:
  explicit constexpr Stamp(std::uint32_t word) noexcept : word_{word} {}
  std::uint32_t word_ = 0;
};

}  // namespace lastbeat
