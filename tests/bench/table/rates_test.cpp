#include "table_bench/rates.hpp"

#include <atomic>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

// Knows nobody and does nothing, but counts the commands.
class Idler final : public Subject {
 public:
  void execute(std::span<const Command> commands, std::span<Answer> /*answers*/) noexcept override {
    commands_ += commands.size();
  }
  [[nodiscard]] std::uint64_t entries() override { return 0; }
  [[nodiscard]] std::uint64_t commands() const { return commands_; }

 private:
  std::atomic<std::uint64_t> commands_{0};
};

}  // namespace

TEST_CASE("every rate stands beside the limit of as many threads") {
  const auto threads = GENERATE(1U, 2U);
  CAPTURE(threads);
  Idler idler;
  BenchTime time;
  const MemoryYardstick yardstick{1};
  const auto [rates, limit] = measure_rates(idler, time, yardstick, 1000, threads, 50ms);
  CHECK(limit.bytes == std::uint64_t{2} << 20U);
  CHECK(limit.rmw_per_second > 0);
  CHECK(limit.rmw_per_second_1_thread > 0);
  CHECK(limit.read_bytes_per_second > 0);
  CHECK(idler.commands() > 0);
  for (const Rate& rate : {rates.heartbeats, rates.statuses, rates.missing_statuses, rates.heartbeats_1_thread,
                           rates.mix, rates.single_heartbeats, rates.single_statuses}) {
    CHECK(rate.per_second > 0);
    CHECK(rate.of_limit > 0);
  }
}

TEST_CASE("a yardstick takes whole large pages, and 4 GiB at most") {
  constexpr std::uint64_t kLargePage = std::uint64_t{2} << 20U;
  CHECK(MemoryYardstick{0}.bytes() == kLargePage);
  CHECK(MemoryYardstick{5 * kLargePage + 1}.bytes() == 5 * kLargePage);
  CHECK(MemoryYardstick::kMostBytes == 2048 * kLargePage);
}
