#include "bench/server_samples.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::duration<double>;

ServerSample sample(double at, std::uint64_t rss, std::optional<std::uint64_t> files = {}) {
  return {.at = Seconds{at}, .rss_bytes = rss, .open_files = files};
}

}  // namespace

TEST_CASE("samples stay few over a run of any length, from its beginning to its end") {
  ServerSamples samples;
  constexpr int kSeconds = 100'000;
  for (int second = 0; second <= kSeconds; ++second) {
    if (samples.is_due(Seconds{second})) samples.add(sample(second, 1));
    REQUIRE(samples.all().size() <= ServerSamples::kMost);
  }
  REQUIRE(samples.all().size() >= ServerSamples::kMost / 2);
  CHECK(samples.all().front().at == 0s);
  const Seconds interval = samples.all()[1].at;
  CHECK(samples.all().back().at >= Seconds{kSeconds} - interval);
  for (std::size_t i = 1; i < samples.all().size(); ++i) {
    CHECK(samples.all()[i].at - samples.all()[i - 1].at == interval);
  }
}

TEST_CASE("a short run is sampled every two seconds") {
  ServerSamples samples;
  CHECK(samples.is_due(0s));
  samples.add(sample(0, 1));
  CHECK_FALSE(samples.is_due(1.9s));
  CHECK(samples.is_due(2s));
}

TEST_CASE("growth is what comes after the warm-up, and its rate that of a straight line") {
  const std::vector samples{sample(0, 10, 3), sample(10, 5000, 9), sample(20, 6000, 8), sample(30, 7000, 9),
                            sample(40, 8000, 10)};
  const auto growth = growth_after(10s, samples);
  REQUIRE(growth.has_value());
  CHECK(growth->rss_bytes == 3000);
  CHECK(growth->rss_bytes_per_hour == Approx(100 * 3600));
  CHECK(growth->open_files == 1);
  CHECK(growth->open_files_per_hour.value() == Approx(0.04 * 3600));
  // Shrinking is negative growth.
  const std::vector shrinking{sample(0, 100, 5), sample(3600, 40, 2)};
  CHECK(growth_after(0s, shrinking)->rss_bytes == -60);
  CHECK(growth_after(0s, shrinking)->rss_bytes_per_hour == Approx(-60));
  CHECK(growth_after(0s, shrinking)->open_files == -3);
}

TEST_CASE("growth that cannot be known is not told") {
  const std::vector one_after{sample(0, 1), sample(10, 2)};
  CHECK_FALSE(growth_after(1s, one_after).has_value());
  CHECK_FALSE(growth_after(0s, {}).has_value());
  const auto growth = growth_after(0s, std::vector{sample(0, 1, 4), sample(1, 2)});
  REQUIRE(growth.has_value());
  CHECK(growth->rss_bytes == 1);
  CHECK_FALSE(growth->open_files.has_value());
  CHECK_FALSE(growth->open_files_per_hour.has_value());
}
