// Where a user belongs: pure arithmetic from a mixed id to a stripe, a line and a remainder, and back. docs/table.md
// derives it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lastbeat {

// A mixed id ("key") of `id_bits` bits: the top `stripe_bits` name its stripe, the others are its "rest". In a stripe
// of n lines a rest lies in line floor(rest * n / 2^rest_bits), so lines are in the order of their rests for every n.
// What is left of that division, cut to what tells two rests of one line apart, is the "remainder": line and remainder
// give the rest back. Immutable; all functions are pure, O(1) and a few ns unless stated.
class Geometry {
 public:
  static constexpr unsigned kRemainderBits = 48;
  static constexpr unsigned kMostStripeBits = 16;

  // What the arithmetic allows: remainders in 48 bits, rest * n in 64.
  [[nodiscard]] static constexpr bool is_sound(unsigned stripe_bits, unsigned id_bits) noexcept {
    if (stripe_bits > kMostStripeBits || id_bits > 64 || id_bits <= stripe_bits) return false;
    const Geometry geometry{stripe_bits, id_bits};
    return geometry.rest_bits_ < 64 && geometry.least_lines() <= geometry.most_lines();
  }
  // Requires is_sound().
  constexpr Geometry(unsigned stripe_bits, unsigned id_bits) noexcept
      : stripe_bits_{stripe_bits}, rest_bits_{id_bits - stripe_bits} {}

  [[nodiscard]] constexpr std::size_t stripe_count() const noexcept { return std::size_t{1} << stripe_bits_; }
  [[nodiscard]] constexpr std::uint32_t stripe(std::uint64_t key) const noexcept {
    return static_cast<std::uint32_t>(key >> rest_bits_);
  }
  [[nodiscard]] constexpr std::uint64_t rest(std::uint64_t key) const noexcept { return key & rest_mask(); }
  [[nodiscard]] constexpr std::uint64_t key(std::uint32_t stripe, std::uint64_t rest) const noexcept {
    return std::uint64_t{stripe} << rest_bits_ | rest;
  }

  // A stripe has no lines at all, or this many: fewer, and remainders would need more bits than a line has for them.
  [[nodiscard]] constexpr std::uint32_t least_lines() const noexcept {
    return rest_bits_ > kRemainderBits ? std::uint32_t{1} << std::min(rest_bits_ - kRemainderBits, 31U) : 1;
  }
  // Beyond this, rest * n would need more than 64 bits, or there are more lines than rests.
  [[nodiscard]] constexpr std::uint32_t most_lines() const noexcept {
    return std::uint32_t{1} << std::min({kMostLineBits, 64 - rest_bits_, rest_bits_});
  }

  struct Home {
    std::uint32_t line = 0;
    std::uint64_t remainder = 0;  // below 2^kRemainderBits
  };
  [[nodiscard]] constexpr Home home(std::uint64_t rest, std::uint32_t lines) const noexcept {
    const std::uint64_t product = rest * lines;
    return {.line = static_cast<std::uint32_t>(product >> rest_bits_),
            .remainder = (product & rest_mask()) >> dropped_bits(lines)};
  }

  // The inverse of home() for one number of lines.
  class Inverse {
   public:
    constexpr Inverse(const Geometry& geometry, std::uint32_t lines) noexcept
        : lines_{lines},
          reciprocal_{~std::uint64_t{0} / lines},
          rest_bits_{geometry.rest_bits_},
          dropped_bits_{dropped_bits(lines)} {}
    [[nodiscard]] constexpr std::uint64_t rest(Home home) const noexcept {
      // Rests of one line are `lines` apart in their products, and less than `lines` has been cut off.
      const std::uint64_t product = (std::uint64_t{home.line} << rest_bits_) + (home.remainder << dropped_bits_);
      return quotient(product + lines_ - 1);
    }

   private:
    // value / lines_, by a reciprocal that is a little too small: the estimate is at most two below.
    [[nodiscard]] constexpr std::uint64_t quotient(std::uint64_t value) const noexcept {
      __extension__ using Wide = unsigned __int128;
      const auto estimate = static_cast<std::uint64_t>(Wide{value} * reciprocal_ >> 64U);
      const std::uint64_t left = value - estimate * lines_;
      return estimate + static_cast<std::uint64_t>(left >= lines_) + static_cast<std::uint64_t>(left >= 2 * lines_);
    }
    std::uint64_t lines_;
    std::uint64_t reciprocal_;
    unsigned rest_bits_;
    unsigned dropped_bits_;
  };

  // Who finds the home line full lives in one other line, as a "guest": as far from home as the remainder says. Never
  // the home line itself. Requires at least two lines.
  [[nodiscard]] static constexpr std::uint32_t guest_line(Home home, std::uint32_t lines) noexcept {
    const std::uint32_t line = home.line + guest_offset(home.remainder, lines);
    return line < lines ? line : line - lines;
  }
  // The home line of a guest with this remainder that lives in `line`.
  [[nodiscard]] static constexpr std::uint32_t home_of_guest(std::uint32_t line, std::uint64_t remainder,
                                                             std::uint32_t lines) noexcept {
    const std::uint32_t offset = guest_offset(remainder, lines);
    return line >= offset ? line - offset : line + lines - offset;
  }

  // A stripe grows by whole chunks: of one line up to 32 lines, then of 1/16 to 1/32 of what it has.
  [[nodiscard]] static constexpr unsigned chunk_bits(std::uint32_t line) noexcept {
    constexpr unsigned kStepsBits = 5;
    return floor_log2(line | 1U << (kStepsBits - 1)) - (kStepsBits - 1);
  }
  // The first line after the chunk that `line` lies in.
  [[nodiscard]] static constexpr std::uint32_t chunk_end(std::uint32_t line) noexcept {
    return ((line >> chunk_bits(line)) + 1) << chunk_bits(line);
  }
  // The least number of lines from `lines` on that is whole chunks.
  [[nodiscard]] static constexpr std::uint32_t whole_chunks(std::uint32_t lines) noexcept {
    return lines == 0 ? 0 : chunk_end(lines - 1);
  }
  // The place of a line among all lines of all stripes. Chunks with the same first line lie side by side, in the order
  // of their stripes: stripes that grow alike fill memory from its beginning, and no directory is needed to find a
  // line. Each such row of chunks begins with another stripe, or all lines of a stripe would meet in one set of every
  // cache.
  [[nodiscard]] constexpr std::size_t line_index(std::uint32_t stripe, std::uint32_t line) const noexcept {
    const unsigned bits = chunk_bits(line);
    const std::uint32_t chunk = line >> bits;
    const std::uint32_t last_stripe = (std::uint32_t{1} << stripe_bits_) - 1;
    const std::uint32_t turned = (stripe + (chunk + bits) * kTurn) & last_stripe;
    // ((chunk << stripe_bits) + turned) << bits, and where the line lies in its chunk, in two operations less.
    return ((std::size_t{chunk} * last_stripe + turned) << bits) + line;
  }

 private:
  static constexpr std::uint32_t kTurn = 20'251;  // 2^15 by the golden ratio: multiples spread over every power of two
  static constexpr unsigned kMostLineBits = 15;   // 2^15 stripes of 2^15 lines: 7 billion users

  // Requires value != 0, which std::bit_width would have to look for.
  [[nodiscard]] static constexpr unsigned floor_log2(std::uint32_t value) noexcept {
    return 31U ^ static_cast<unsigned>(__builtin_clz(value));
  }
  [[nodiscard]] constexpr std::uint64_t rest_mask() const noexcept { return (std::uint64_t{1} << rest_bits_) - 1; }
  // Products of rests in one line are `lines` apart, so as many low bits as `lines` surely has tell nothing.
  [[nodiscard]] static constexpr unsigned dropped_bits(std::uint32_t lines) noexcept { return floor_log2(lines); }
  // 1 to lines - 1.
  [[nodiscard]] static constexpr std::uint32_t guest_offset(std::uint64_t remainder, std::uint32_t lines) noexcept {
    constexpr std::uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;  // Knuth's multiplicative hashing
    const std::uint64_t spread = remainder * kGoldenRatio >> 32U;
    return static_cast<std::uint32_t>(spread * (lines - 1) >> 32U) + 1;
  }

  unsigned stripe_bits_;
  unsigned rest_bits_;
};

}  // namespace lastbeat
