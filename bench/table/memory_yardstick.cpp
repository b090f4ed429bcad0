#include "table_bench/memory_yardstick.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <numeric>
#include <utility>

#include "table_bench/team.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20U;
constexpr std::size_t kWordsALine = 8;
constexpr std::size_t kBlock = 4096;  // operations between two looks at the clock

std::uint64_t whole_pages(std::uint64_t bytes) {
  const std::uint64_t most = std::min(bytes, MemoryYardstick::kMostBytes);
  return std::max<std::uint64_t>(1, (most + kLargePage / 2) / kLargePage) * kLargePage;
}

// A word of any line, kDistance after it was prefetched. Threads share the words as those of a table do.
template <std::size_t kDistance>
class RandomWrites {
 public:
  RandomWrites(std::span<std::uint64_t> words, std::uint32_t thread) : words_{words}, random_{thread} {
    for (std::uint64_t*& word : ahead_) word = pick();
  }
  std::uint64_t operator()() {
    for (std::size_t i = 0; i < kBlock; ++i) {
      std::uint64_t*& word = ahead_[i % kDistance];
      const std::atomic_ref<std::uint64_t> value{*word};
      value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      word = pick();
      __builtin_prefetch(word, 1);
    }
    return kBlock;
  }

 private:
  std::uint64_t* pick() noexcept { return &words_[random_.below(words_.size() / kWordsALine) * kWordsALine]; }

  std::span<std::uint64_t> words_;
  Random random_;
  std::array<std::uint64_t*, kDistance> ahead_{};
};

}  // namespace

MemoryYardstick::MemoryYardstick(std::uint64_t bytes) : mapped_bytes_{whole_pages(bytes) + kLargePage} {
  void* const start = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc{};
  start_ = start;
  void* aligned = start;
  std::size_t space = mapped_bytes_;
  const std::size_t used = mapped_bytes_ - kLargePage;
  std::align(kLargePage, used, aligned, space);
  ::madvise(aligned, used, MADV_HUGEPAGE);  // refused by some systems: then the pages are small for the table too
  words_ = {static_cast<std::uint64_t*>(aligned), used / sizeof(std::uint64_t)};
  std::fill(words_.begin(), words_.end(), 1);
}

MemoryYardstick::~MemoryYardstick() { ::munmap(start_, mapped_bytes_); }

std::array<double, MemoryYardstick::kDistances.size()> MemoryYardstick::rmw_rates(
    std::uint32_t threads, std::chrono::milliseconds duration) const {
  const auto each = std::max<std::chrono::milliseconds>(duration / kDistances.size(), std::chrono::milliseconds{1});
  return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{measure_rate(threads, each, [&](std::uint32_t thread) {
      return RandomWrites<kDistances[kIndex]>{words_, thread};
    })...};
  }
  (std::make_index_sequence<kDistances.size()>{});
}

double MemoryYardstick::read_rate(std::chrono::milliseconds duration) const {
  return measure_rate(1, duration, [&](std::uint32_t) {
    return [words = words_, at = std::size_t{0}, sum = std::uint64_t{0}]() mutable {
      const auto part = words.subspan(at, std::min(words.size() - at, kLargePage / sizeof(std::uint64_t)));
      // Four sums at once, or the additions would wait for each other.
      std::array<std::uint64_t, 4> sums{};
      for (std::size_t i = 0; i + sums.size() <= part.size(); i += sums.size()) {
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += part[i + j];
      }
      sum = std::accumulate(sums.begin(), sums.end(), sum);
      asm volatile("" : : "r"(sum));  // or nothing would be read, as nobody looks at the sum
      at = at + part.size() == words.size() ? 0 : at + part.size();
      return part.size_bytes();
    };
  });
}

}  // namespace lastbeat::bench
