#include <bit>
#include <random>

#include "server/table/lines_driver.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::LinesDriver;

TEST_CASE("random users come, change, go, and are moved into more and fewer lines, and nobody is lost or made up") {
  const auto rest_bits = GENERATE(6U, 9U, 12U, 40U, 48U);
  const auto seed = Catch::rngSeed() + GENERATE(range(0U, 4U));
  CAPTURE(rest_bits, seed);
  std::mt19937_64 random{seed};
  LinesDriver driver{rest_bits};
  for (int i = 0; i < 20'000; ++i) driver.step(random(), random());
  driver.check();
  CHECK(driver.rebuilds() > 1000);
  if (rest_bits > 6) CHECK(driver.guests_seen() > 0);
  if (rest_bits > 9) CHECK(driver.refusals() > 0);
  CHECK(driver.early_refusals() == 0);
}

TEST_CASE("lines fill to more than nine tenths before somebody finds no place") {
  const auto count = GENERATE(2U, 31U, 64U, 256U, 1024U);
  const Geometry geometry{0, 40};
  std::vector<Line> region(2048);
  Lines lines{geometry, region.data(), 0, count};
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  std::size_t users = 0;
  while (lines.insert(geometry.rest(random()), kLeastStamp)) ++users;
  CAPTURE(users, count * Line::kLanes);
  CHECK(users * 10 > std::size_t{count} * Line::kLanes * 9);
}

TEST_CASE("settled lines have guests only where homes are full, and look for strangers in one line") {
  constexpr std::uint32_t kLines = 256;
  constexpr std::uint32_t kStrangers = 1000;
  const Geometry geometry{0, 40};
  std::vector<Line> region(512);
  Lines lines{geometry, region.data(), 0, kLines};
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  std::vector<std::uint64_t> rests{geometry.rest(random())};
  for (; lines.insert(rests.back(), kLeastStamp); rests.push_back(geometry.rest(random()))) continue;
  rests.pop_back();
  const auto guests = [&] {
    int count = 0;
    for (const Line& line : region) count += std::popcount(line.guests());
    return count;
  };
  const auto second_looks = [&] {
    const std::uint32_t before = lines.touched();
    for (std::uint32_t i = 0; i < kStrangers; ++i) CHECK(lines.find(geometry.rest(random())).is_none());
    return lines.touched() - before - kStrangers;
  };
  CHECK(guests() > 300);
  CHECK(second_looks() > kStrangers / 2);
  for (std::size_t i = 0; i < rests.size(); ++i) {  // every third stays
    if (i % 3 == 0) continue;
    const Lines::Place place = lines.find(rests[i]);
    place.line->clear(place.lane);
  }
  CHECK(guests() > 100);
  CHECK(second_looks() > kStrangers / 2);
  lines.settle();
  CHECK(guests() < 10);
  CHECK(second_looks() < kStrangers / 20);
  for (std::size_t i = 0; i < rests.size(); i += 3) REQUIRE_FALSE(lines.find(rests[i]).is_none());
}

TEST_CASE("users whose rests are as close as can be find a place all the same, by growing") {
  const Geometry geometry{0, 30};
  std::vector<Line> region(65536);
  Lines::Copy copy;
  copy.prepare(32768);
  Lines lines{geometry, region.data(), 0, 1};
  for (std::uint64_t rest = 0; rest < 200; ++rest) {
    while (!lines.insert(rest, kLeastStamp)) {
      std::uint32_t count = Geometry::chunk_end(lines.count());
      while (!lines.rebuild(count, copy)) count = Geometry::chunk_end(count);
      REQUIRE(count < 32768);
    }
  }
  for (std::uint64_t rest = 0; rest < 200; ++rest) REQUIRE_FALSE(lines.find(rest).is_none());
  CHECK(lines.find(200).is_none());
}

TEST_CASE("lines are not given up while anybody is in them") {
  const auto users = GENERATE(1U, 2U, 7U, 8U);
  const Geometry geometry{0, 40};
  std::vector<Line> region(16);
  Lines::Copy copy;
  copy.prepare(2);
  Lines lines{geometry, region.data(), 0, 2};
  for (std::uint64_t i = 0; i < users; ++i) REQUIRE(lines.insert(i << 36U, kLeastStamp));
  CHECK_FALSE(lines.rebuild(0, copy));
  CHECK(lines.count() == 2);
  for (std::uint64_t i = 0; i < users; ++i) CHECK_FALSE(lines.find(i << 36U).is_none());
}

TEST_CASE("a stripe that cannot be packed into fewer lines stays as it was") {
  const Geometry geometry{0, 40};
  std::vector<Line> region(256);
  Lines::Copy copy;
  copy.prepare(64);
  Lines lines{geometry, region.data(), 0, 64};
  std::mt19937_64 random{7};
  std::vector<std::uint64_t> rests;
  rests.reserve(300);
  for (int i = 0; i < 300; ++i) rests.push_back(geometry.rest(random()));
  for (const std::uint64_t rest : rests) REQUIRE(lines.insert(rest, kLeastStamp));
  CHECK_FALSE(lines.rebuild(40, copy));  // 280 lanes
  CHECK_FALSE(lines.rebuild(0, copy));
  CHECK(lines.count() == 64);
  for (const std::uint64_t rest : rests) REQUIRE_FALSE(lines.find(rest).is_none());
  CHECK(lines.rebuild(48, copy));
  for (const std::uint64_t rest : rests) REQUIRE_FALSE(lines.find(rest).is_none());
}
