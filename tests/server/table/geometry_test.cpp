#include "table/geometry.hpp"

#include <random>
#include <set>
#include <unordered_set>

#include "support/catch.hpp"

using lastbeat::Geometry;

namespace {

// Numbers of lines at every edge of the growth schedule, up to the most.
std::vector<std::uint32_t> interesting_counts(const Geometry& geometry) {
  std::vector<std::uint32_t> counts;
  for (std::uint32_t lines = geometry.least_lines(); lines <= geometry.most_lines();
       lines = Geometry::chunk_end(lines)) {
    counts.push_back(lines);
  }
  return counts;
}

}  // namespace

TEST_CASE(
    "in a small world, line and remainder are different for every rest and give it back, for every number of lines") {
  const Geometry geometry{0, 12};
  for (std::uint32_t lines = 1; lines <= geometry.most_lines(); ++lines) {
    const Geometry::Inverse inverse{geometry, lines};
    std::set<std::pair<std::uint32_t, std::uint64_t>> homes;
    std::uint32_t previous = 0;
    for (std::uint64_t rest = 0; rest < 1U << 12U; ++rest) {
      const auto home = geometry.home(rest, lines);
      if (home.line >= lines || home.line < previous || inverse.rest(home) != rest ||
          !homes.insert({home.line, home.remainder}).second) {
        FAIL("rest " << rest << " of " << lines << " lines");
      }
      previous = home.line;
    }
  }
}

TEST_CASE("with 64-bit ids, line and remainder give the rest back, and remainders fit a line") {
  const Geometry geometry{15, 64};
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  const std::uint64_t most = (std::uint64_t{1} << 49U) - 1;
  for (const std::uint32_t lines : interesting_counts(geometry)) {
    const Geometry::Inverse inverse{geometry, lines};
    std::vector<std::uint64_t> rests{0, 1, most, most - 1, most / 2};
    for (int i = 0; i < 1000; ++i) rests.push_back(random() & most);
    for (const std::uint64_t rest : rests) {
      const auto home = geometry.home(rest, lines);
      if (home.line >= lines || home.remainder >> Geometry::kRemainderBits != 0 || inverse.rest(home) != rest) {
        FAIL("rest " << rest << " of " << lines << " lines");
      }
    }
  }
}

TEST_CASE("a guest's line is never its home line, and leads back to it") {
  const Geometry geometry{15, 64};
  std::mt19937_64 random{Catch::rngSeed()};
  for (const std::uint32_t lines : interesting_counts(geometry)) {
    for (int i = 0; i < 1000; ++i) {
      const auto home = geometry.home(random() >> 15U, lines);
      const std::uint32_t guest = Geometry::guest_line(home, lines);
      if (guest == home.line || guest >= lines || Geometry::home_of_guest(guest, home.remainder, lines) != home.line) {
        FAIL("line " << home.line << " of " << lines);
      }
    }
  }
}

TEST_CASE("lines of all stripes fill memory without a gap and without sharing a place") {
  const auto stripe_bits = GENERATE(0U, 1U, 4U);
  const Geometry geometry{stripe_bits, stripe_bits + 12};
  for (const std::uint32_t lines : {1U, 31U, 32U, 34U, 64U, 100U, 512U}) {
    const std::uint32_t whole = Geometry::whole_chunks(lines);
    CHECK(whole >= lines);
    std::unordered_set<std::size_t> places;
    for (std::uint32_t stripe = 0; stripe < geometry.stripe_count(); ++stripe) {
      for (std::uint32_t line = 0; line < whole; ++line) places.insert(geometry.line_index(stripe, line));
    }
    CHECK(places.size() == geometry.stripe_count() * whole);
    CHECK(*std::max_element(places.begin(), places.end()) + 1 == geometry.stripe_count() * whole);
  }
}

TEST_CASE("a chunk lies in one piece, and neighbours in a row of chunks are neighbours in memory") {
  const Geometry geometry{4, 20};
  for (std::uint32_t first = 0; first < 600; first = Geometry::chunk_end(first)) {
    const std::uint32_t size = Geometry::chunk_end(first) - first;
    std::set<std::size_t> starts;
    for (std::uint32_t stripe = 0; stripe < 16; ++stripe) {
      const std::size_t start = geometry.line_index(stripe, first);
      starts.insert(start);
      for (std::uint32_t i = 0; i < size; ++i) REQUIRE(geometry.line_index(stripe, first + i) == start + i);
      const std::size_t next = geometry.line_index((stripe + 1) % 16, first);
      if (next != first * 16) REQUIRE(next == start + size);  // else the row's end
    }
    REQUIRE(*starts.begin() == std::size_t{first} * 16);
  }
}

TEST_CASE("a step of growth is a line at first and then between a thirty-second and a sixteenth") {
  for (std::uint32_t lines = 1; lines < 32; ++lines) CHECK(Geometry::chunk_end(lines) == lines + 1);
  for (std::uint32_t lines = 32; lines < 20'000; lines = Geometry::chunk_end(lines)) {
    const std::uint32_t step = Geometry::chunk_end(lines) - lines;
    REQUIRE(step * 32 >= lines);
    REQUIRE(step * 16 <= lines);
  }
}

TEST_CASE("geometries that would need more bits than there are are told") {
  CHECK(Geometry::is_sound(15, 64));
  CHECK(Geometry::is_sound(0, 16));
  CHECK_FALSE(Geometry::is_sound(17, 64));
  CHECK_FALSE(Geometry::is_sound(4, 64));  // remainders of more than 48 bits at any number of lines
  CHECK_FALSE(Geometry::is_sound(15, 65));
  CHECK_FALSE(Geometry::is_sound(8, 8));
}
