// Stands in for libFuzzer where there is none: calls the target with random inputs, some of them repetitive.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Arguments: how many inputs, and the seed.
int main(int argc, char** argv) {
  const std::uint64_t inputs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::printf("%llu inputs, seed %llu\n", static_cast<unsigned long long>(inputs),
              static_cast<unsigned long long>(seed));
  std::mt19937_64 random{seed};
  std::vector<std::uint8_t> input;
  for (std::uint64_t i = 0; i < inputs; ++i) {
    input.resize(1 + random() % 4096);
    for (std::size_t j = 0; j < input.size(); ++j) {
      const bool repeats = j > 16 && random() % 4 == 0;
      input[j] = repeats ? input[j - 16] : static_cast<std::uint8_t>(random());
    }
    try {
      LLVMFuzzerTestOneInput(input.data(), input.size());
    } catch (const std::exception& error) {
      std::printf("input %llu: %s\n", static_cast<unsigned long long>(i), error.what());
      return 1;
    }
  }
  return 0;
}
