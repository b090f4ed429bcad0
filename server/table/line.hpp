// One cache line of the table: seven users.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lastbeat {

// A stamp as a line holds it: twice the seconds since the stripe's base, and the left bit, counted from kLeastStamp on.
// Below 2^24; 0: none.
using ShortStamp = std::uint32_t;
// Its high byte is not zero, so that the high bytes alone tell which lanes are free.
inline constexpr ShortStamp kLeastStamp = 1U << 16U;

// Seven lanes of 73 bits: a remainder of 48 bits, a stamp of 24, and whether the user is a guest here; one bit is left,
// which tells whether any user whose home this is lives elsewhere. A zeroed line is an empty one.
// Threads: none; the stripe's lock guards it.
class alignas(64) Line {
 public:
  static constexpr unsigned kLanes = 7;
  static constexpr unsigned kStampBits = 24;
  static constexpr unsigned kNoLane = kLanes;

  // The lane of the user with this remainder, or kNoLane.
  [[nodiscard]] unsigned find(std::uint64_t remainder, bool guest) const noexcept {
    unsigned lanes = match_low_half(static_cast<std::uint32_t>(remainder)) & (guest ? guests() : ~guests());
    for (; lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(lanes));
      if ((words_[lane] ^ remainder) << (64 - kRemainderBits) == 0 && is_taken(lane)) [[likely]]
        return lane;
    }
    return kNoLane;
  }
  // The first free lane, or kNoLane.
  [[nodiscard]] unsigned find_free() const noexcept {
    // The lowest zero byte is where subtracting one from each byte first borrows; the eighth byte is not a lane.
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::uint64_t high_bytes = tail_ | std::uint64_t{0xFF} << kGuestsShift;
    const std::uint64_t borrows = (high_bytes - kOnes) & ~high_bytes & kOnes << 7U;
    return borrows == 0 ? kNoLane : static_cast<unsigned>(std::countr_zero(borrows)) / 8;
  }

  [[nodiscard]] ShortStamp stamp(unsigned lane) const noexcept {
    std::uint16_t low = 0;
    std::memcpy(&low, bytes() + low_offset(lane), sizeof low);
    return ShortStamp{low} | ShortStamp{std::to_integer<std::uint8_t>(bytes()[high_offset(lane)])} << 16U;
  }
  [[nodiscard]] std::uint64_t remainder(unsigned lane) const noexcept { return words_[lane] & kRemainderMask; }
  [[nodiscard]] bool is_taken(unsigned lane) const noexcept { return bytes()[high_offset(lane)] != std::byte{0}; }
  [[nodiscard]] bool is_guest(unsigned lane) const noexcept { return (guests() >> lane & 1U) != 0; }

  void set_stamp(unsigned lane, ShortStamp stamp) noexcept {
    const auto low = static_cast<std::uint16_t>(stamp);
    std::memcpy(bytes() + low_offset(lane), &low, sizeof low);
    bytes()[high_offset(lane)] = static_cast<std::byte>(stamp >> 16U);
  }
  // Requires a free lane.
  void put(unsigned lane, std::uint64_t remainder, ShortStamp stamp, bool guest) noexcept {
    assert(stamp >= kLeastStamp && stamp >> kStampBits == 0 && remainder <= kRemainderMask);
    words_[lane] = remainder | std::uint64_t{stamp} << 48U;
    tail_ |= std::uint64_t{stamp >> 16U} << 8 * lane | std::uint64_t{guest} << (kGuestsShift + lane);
  }
  void clear(unsigned lane) noexcept {
    words_[lane] = 0;
    tail_ &= ~(std::uint64_t{0xFF} << 8 * lane | std::uint64_t{1} << (kGuestsShift + lane));
  }

  // Some user whose home this is may live elsewhere. Stays set when that user goes, until the lines are settled or
  // rebuilt.
  [[nodiscard]] bool has_overflowed() const noexcept { return (tail_ & kOverflowed) != 0; }
  void set_overflowed() noexcept { tail_ |= kOverflowed; }
  void clear_overflowed() noexcept { tail_ &= ~kOverflowed; }

  // Bit i: lane i is taken by somebody who is at home.
  [[nodiscard]] unsigned residents() const noexcept {
    // Of each byte that is not zero, its top bit; then those bits side by side.
    constexpr std::uint64_t kLow = 0x007F7F7F7F7F7F7F;
    constexpr std::uint64_t kTops = 0x0080808080808080;
    constexpr std::uint64_t kGather = 0x0000040810204081;  // moves bit 8 * i + 7 to bit 49 + i
    const std::uint64_t taken = (((tail_ & kLow) + kLow) | tail_) & kTops;
    return static_cast<unsigned>(taken * kGather >> 49U) & 0x7FU & ~guests();
  }
  // Bit i: lane i is taken by a guest.
  [[nodiscard]] unsigned guests() const noexcept { return static_cast<unsigned>(tail_ >> kGuestsShift) & 0x7FU; }

  // The raw words, for scans: lane i's low 16 stamp bits above its remainder, and in the last word, byte i its high
  // bits.
  [[nodiscard]] const std::uint64_t* words() const noexcept { return words_.data(); }

 private:
  static constexpr unsigned kRemainderBits = 48;
  static constexpr std::uint64_t kRemainderMask = (std::uint64_t{1} << kRemainderBits) - 1;
  static constexpr unsigned kGuestsShift = 56;
  static constexpr std::uint64_t kOverflowed = std::uint64_t{1} << 63U;

  // Where the parts of a stamp lie in a little-endian line.
  static_assert(std::endian::native == std::endian::little);
  [[nodiscard]] static constexpr std::size_t low_offset(unsigned lane) noexcept { return 8 * std::size_t{lane} + 6; }
  [[nodiscard]] static constexpr std::size_t high_offset(unsigned lane) noexcept { return 8 * kLanes + lane; }
  [[nodiscard]] std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this); }
  [[nodiscard]] const std::byte* bytes() const noexcept { return reinterpret_cast<const std::byte*>(this); }

  // Bit i: the low half of word i is `low`. All seven without a branch, which would be guessed wrong half the time.
  [[nodiscard]] unsigned match_low_half(std::uint32_t low) const noexcept {
#if defined(__SSE2__)
    const auto* words = reinterpret_cast<const __m128*>(this);
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(low));
    const auto match_four = [&](__m128 first, __m128 second) {
      const __m128i halves = _mm_castps_si128(_mm_shuffle_ps(first, second, _MM_SHUFFLE(2, 0, 2, 0)));
      return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(halves, wanted))));
    };
    return (match_four(words[0], words[1]) | match_four(words[2], words[3]) << 4U) & 0x7FU;
#else
    unsigned lanes = 0;
    for (unsigned i = 0; i < kLanes; ++i)
      lanes |= static_cast<unsigned>(static_cast<std::uint32_t>(words_[i]) == low) << i;
    return lanes;
#endif
  }

  std::array<std::uint64_t, kLanes> words_{};
  std::uint64_t tail_ = 0;
};
static_assert(sizeof(Line) == 64);

}  // namespace lastbeat
