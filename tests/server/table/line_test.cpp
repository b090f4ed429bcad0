#include "table/line.hpp"

#include <optional>
#include <random>

#include "support/catch.hpp"
#include "table/line_scan.hpp"

using namespace lastbeat;

namespace {

constexpr std::uint64_t kMostRemainder = (std::uint64_t{1} << 48U) - 1;
constexpr ShortStamp kMostStamp = (ShortStamp{1} << 24U) - 1;

}  // namespace

TEST_CASE("what is put into a lane comes out of it, and no other lane is touched") {
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  struct User {
    std::uint64_t remainder;
    ShortStamp stamp;
    bool guest;
  };
  std::array<std::optional<User>, Line::kLanes> model;
  Line line;
  for (int step = 0; step < 100'000; ++step) {
    const auto lane = static_cast<unsigned>(random() % Line::kLanes);
    const std::uint64_t remainder = random() % 8 == 0 ? random() % 2 * kMostRemainder : random() & kMostRemainder;
    const ShortStamp stamp = random() % 8 == 0
                                 ? (random() % 2 == 0 ? kLeastStamp : kMostStamp)
                                 : kLeastStamp + static_cast<ShortStamp>(random() % (kMostStamp - kLeastStamp));
    if (!model[lane]) {
      const bool guest = random() % 2 == 0;
      line.put(lane, remainder, stamp, guest);
      model[lane] = {remainder, stamp, guest};
    } else if (random() % 2 == 0) {
      line.set_stamp(lane, stamp);
      model[lane]->stamp = stamp;
    } else {
      line.clear(lane);
      model[lane].reset();
    }
    if (step == 50'000) line.set_overflowed();
    REQUIRE(line.has_overflowed() == (step >= 50'000));
    unsigned first_free = Line::kNoLane;
    for (unsigned i = Line::kLanes; i-- > 0;) {
      const auto& user = model[i];
      REQUIRE(line.stamp(i) == (user ? user->stamp : 0));
      REQUIRE(line.is_taken(i) == user.has_value());
      REQUIRE((line.guests() >> i & 1U) == (user && user->guest ? 1U : 0U));
      REQUIRE((line.residents() >> i & 1U) == (user && !user->guest ? 1U : 0U));
      if (!user) first_free = i;
      if (user) REQUIRE(line.remainder(i) == user->remainder);
    }
    REQUIRE(line.find_free() == first_free);
  }
}

TEST_CASE("a user is found by the whole remainder and by being a guest or not") {
  Line line;
  line.put(2, 5, kLeastStamp, false);
  line.put(3, 5, kLeastStamp, true);
  line.put(4, 5 | std::uint64_t{1} << 40U, kLeastStamp, false);  // the same low half
  CHECK(line.find(5, false) == 2);
  CHECK(line.find(5, true) == 3);
  CHECK(line.find(5 | std::uint64_t{1} << 40U, false) == 4);
  CHECK(line.find(5 | std::uint64_t{1} << 40U, true) == Line::kNoLane);
  CHECK(line.find(6, false) == Line::kNoLane);
  CHECK(line.find(0, false) == Line::kNoLane);  // free lanes look like it
  line.put(0, 0, kLeastStamp, false);
  CHECK(line.find(0, false) == 0);
}

TEST_CASE("the fastest scan finds what the portable one finds, at every bound") {
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  const LineScan best = best_line_scan();
  if (best == scan_lines_portable) WARN("this processor has only the portable scan");
  // Few different stamps, so that bounds are hit exactly.
  const std::vector<ShortStamp> stamps{0,        kLeastStamp, kLeastStamp + 1, kLeastStamp + 2,
                                       0x8'0000, 0xFF'FFFE,   kMostStamp};
  const auto any = [&] { return stamps[random() % stamps.size()]; };
  for (int round = 0; round < 3000; ++round) {
    std::array<Line, 9> lines;
    const bool is_sparse = round % 2 == 0;
    for (Line& line : lines) {
      for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
        const ShortStamp stamp = any();
        // Remainders of ones, and a full last byte: what is beside a stamp must not count.
        if (stamp != 0 && (!is_sparse || random() % 16 == 0)) line.put(lane, kMostRemainder, stamp, random() % 2 == 0);
      }
      line.set_overflowed();
    }
    const ScanWindow window{.forget_below = any(), .announce_from = any(), .announce_below = any()};
    for (std::size_t from = 0; from <= lines.size();) {
      const ScanHit expected = scan_lines_portable(lines.data(), from, lines.size(), window);
      const ScanHit found = best(lines.data(), from, lines.size(), window);
      REQUIRE(found.line == expected.line);
      REQUIRE(found.lanes == expected.lanes);
      for (unsigned lane = 0; expected.line < lines.size() && lane < Line::kLanes; ++lane) {
        REQUIRE((expected.lanes >> lane & 1U) == (window.concerns(lines[expected.line].stamp(lane)) ? 1U : 0U));
      }
      from = expected.line + 1;
    }
  }
}
