// The table as a fuzz target: bytes become steps, and the oracles say what is wrong by an exception.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "server/table/lines_driver.hpp"
#include "server/table/oracle.hpp"

namespace {

using lastbeat::test::LinesDriver;
using lastbeat::test::Oracle;

constexpr std::size_t kStepBytes = 8;

template <class Step>
void for_each_step(const std::uint8_t* data, std::size_t size, Step step) {
  for (; size >= kStepBytes; data += kStepBytes, size -= kStepBytes) {
    std::uint64_t choice = 0;
    std::memcpy(&choice, data, kStepBytes);
    step(choice);
  }
}

void fuzz_lines(unsigned rest_bits, const std::uint8_t* data, std::size_t size) {
  LinesDriver driver{rest_bits};
  for_each_step(data, size, [&](std::uint64_t choice) {
    // Thirteen users a step, so that few bytes fill many lines.
    for (std::uint64_t i = 1; i <= 13; ++i)
      driver.step(i == 1 ? choice : (choice & ~std::uint64_t{0xF}) | 0xF, choice * i);
  });
  driver.check();
}

void fuzz_rules(const std::uint8_t* data, std::size_t size) {
  Oracle oracle{{{.ttl = 5, .retain = 10}, 48, 0, "few users"}};
  for_each_step(data, size, [&](std::uint64_t choice) {
    oracle.step(choice);
    oracle.check();
  });
  oracle.finish();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer names it
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 4096;
  if (size == 0 || size > kLongest) return 0;
  if (data[0] % 2 == 0) {
    fuzz_lines(6 + data[0] / 2 % 43, data + 1, size - 1);
  } else {
    fuzz_rules(data + 1, size - 1);
  }
  return 0;
}
