#include "table/line_scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lastbeat {

ScanHit scan_lines_portable(const Line* lines, std::size_t from, std::size_t count, const ScanWindow& window) noexcept {
  for (std::size_t i = from; i < count; ++i) {
    __builtin_prefetch(lines + i + count, 0, 0);
    unsigned lanes = 0;
    for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
      lanes |= static_cast<unsigned>(window.concerns(lines[i].stamp(lane))) << lane;
    }
    if (lanes != 0) return {.line = i, .lanes = lanes};
  }
  return {.line = count, .lanes = 0};
}

#if defined(__x86_64__)
namespace {

// The bounds of a window, four times each.
struct WideWindow {
  __m256i forget_below, announce_from, announce_below;
};

// Four words and the high bytes of their stamps: all ones where the stamp is concerned, else zero.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i concerned(__m256i words, std::uint32_t high_bytes,
                                                                     const WideWindow& window) noexcept {
  const __m256i high = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(static_cast<int>(high_bytes)));
  const __m256i stamps = _mm256_or_si256(_mm256_srli_epi64(words, 48), _mm256_slli_epi64(high, 16));
  const __m256i forget = _mm256_cmpgt_epi64(window.forget_below, stamps);
  const __m256i announce = _mm256_andnot_si256(_mm256_cmpgt_epi64(window.announce_from, stamps),
                                               _mm256_cmpgt_epi64(window.announce_below, stamps));
  return _mm256_and_si256(_mm256_cmpgt_epi64(stamps, _mm256_setzero_si256()), _mm256_or_si256(forget, announce));
}

// Seven stamps as 64-bit integers in two registers; what falls into the eighth place is masked off in the end.
[[gnu::target("avx2")]] ScanHit scan_lines_avx2(const Line* lines, std::size_t from, std::size_t count,
                                                const ScanWindow& bounds) noexcept {
  const WideWindow window{.forget_below = _mm256_set1_epi64x(bounds.forget_below),
                          .announce_from = _mm256_set1_epi64x(bounds.announce_from),
                          .announce_below = _mm256_set1_epi64x(bounds.announce_below)};
  for (std::size_t i = from; i < count; ++i) {
    _mm_prefetch(reinterpret_cast<const char*>(lines + i + count), _MM_HINT_NTA);
    const auto* words = reinterpret_cast<const __m256i*>(lines[i].words());
    const std::uint64_t tail = lines[i].words()[Line::kLanes];
    const __m256i first = concerned(_mm256_load_si256(words), static_cast<std::uint32_t>(tail), window);
    const __m256i second = concerned(_mm256_load_si256(words + 1), static_cast<std::uint32_t>(tail >> 32U), window);
    const auto lanes = static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(first))) |
                       static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(second))) << 4U;
    if ((lanes & 0x7FU) != 0) return {.line = i, .lanes = lanes & 0x7FU};
  }
  return {.line = count, .lanes = 0};
}

}  // namespace

LineScan best_line_scan() noexcept { return __builtin_cpu_supports("avx2") ? scan_lines_avx2 : scan_lines_portable; }
#else
LineScan best_line_scan() noexcept { return scan_lines_portable; }
#endif

}  // namespace lastbeat
