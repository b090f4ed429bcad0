#include "table_bench/memory_limit.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <numeric>
#include <span>

#include "table_bench/team.hpp"
#include "table_bench/user_ids.hpp"

namespace lastbeat::bench {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20U;
constexpr std::size_t kWordsALine = 8;
constexpr std::size_t kBlock = 4096;  // operations between two looks at the clock

// Words in large pages, touched.
class LargePages {
 public:
  explicit LargePages(std::size_t bytes) : bytes_{bytes + kLargePage} {
    void* const start = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc{};
    start_ = start;
    void* aligned = start;
    std::size_t space = bytes_;
    std::align(kLargePage, bytes, aligned, space);
    ::madvise(aligned, bytes, MADV_HUGEPAGE);  // refused by some systems: then the pages are small for the table too
    words_ = {static_cast<std::uint64_t*>(aligned), bytes / sizeof(std::uint64_t)};
    std::fill(words_.begin(), words_.end(), 1);
  }
  ~LargePages() { ::munmap(start_, bytes_); }
  LargePages(const LargePages&) = delete;
  LargePages& operator=(const LargePages&) = delete;

  [[nodiscard]] std::span<std::uint64_t> words() const noexcept { return words_; }

 private:
  std::size_t bytes_;
  void* start_ = nullptr;
  std::span<std::uint64_t> words_;
};

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

template <std::size_t... kDistances>
double best_rmw_rate(std::span<std::uint64_t> words, std::uint32_t threads, std::chrono::milliseconds duration) {
  const auto each = std::max<std::chrono::milliseconds>(duration / sizeof...(kDistances), std::chrono::milliseconds{1});
  return std::max({measure_rate(threads, each, [&](std::uint32_t thread) {
    return RandomWrites<kDistances>{words, thread};
  })...});
}

double rmw_rate(std::span<std::uint64_t> words, std::uint32_t threads, std::chrono::milliseconds duration) {
  return best_rmw_rate<16, 32, 64>(words, threads, duration);
}

double read_rate(std::span<const std::uint64_t> words, std::chrono::milliseconds duration) {
  return measure_rate(1, duration, [&](std::uint32_t) {
    return [words, at = std::size_t{0}, sum = std::uint64_t{0}]() mutable {
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

}  // namespace

MemoryLimit measure_memory_limit(std::uint64_t bytes, std::uint32_t threads, std::chrono::milliseconds duration) {
  MemoryLimit limit{.bytes = std::max<std::uint64_t>(1, (bytes + kLargePage / 2) / kLargePage) * kLargePage};
  const LargePages pages{limit.bytes};
  limit.rmw_per_second_1_thread = rmw_rate(pages.words(), 1, duration);
  limit.rmw_per_second = threads == 1 ? limit.rmw_per_second_1_thread : rmw_rate(pages.words(), threads, duration);
  limit.read_bytes_per_second = read_rate(pages.words(), duration);
  return limit;
}

}  // namespace lastbeat::bench
