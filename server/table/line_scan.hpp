// Finds the lines that a pass must look at.
#pragma once

#include <cstddef>

#include "table/line.hpp"

namespace lastbeat {

// Which stamps concern a pass. All bounds are short stamps.
struct ScanWindow {
  ShortStamp forget_below = 0;    // old enough to be forgotten
  ShortStamp announce_from = 0;   // and those that were online at the last pass
  ShortStamp announce_below = 0;  //   and are not any more
  [[nodiscard]] constexpr bool concerns(ShortStamp stamp) const noexcept {
    return stamp != 0 && (stamp < forget_below || (stamp >= announce_from && stamp < announce_below));
  }
};

struct ScanHit {
  std::size_t line = 0;  // `count` when there is none
  unsigned lanes = 0;    // bit i: lane i is concerned
};

// The first of lines[from .. count) with a concerned stamp. Reads memory in order, and asks for the `count` lines
// behind the last one ahead of time: in the table they are the next stripe's. Cost: a few ns a line.
using LineScan = ScanHit (*)(const Line* lines, std::size_t from, std::size_t count, const ScanWindow& window) noexcept;

[[nodiscard]] ScanHit scan_lines_portable(const Line* lines, std::size_t from, std::size_t count,
                                          const ScanWindow& window) noexcept;
// The fastest that this processor can run: AVX2 where there is one. Same answers as the portable one.
[[nodiscard]] LineScan best_line_scan() noexcept;

}  // namespace lastbeat
