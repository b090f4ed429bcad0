#include "table/arena.hpp"

#include <atomic>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using lastbeat::Arena;

namespace {

std::byte* unit(const Arena& arena, std::size_t i) { return arena.data() + i * Arena::kUnitBytes; }

}  // namespace

TEST_CASE("a unit that is held is zeroed memory, and is gone when the last one lets go") {
  Arena arena{64 * Arena::kUnitBytes, Arena::kUnitBytes};
  REQUIRE(arena.hold(40));
  REQUIRE(arena.hold(40));
  std::memset(unit(arena, 40), 7, Arena::kUnitBytes);
  arena.release(40);
  CHECK(*unit(arena, 40) == std::byte{7});
  while (arena.ready_bytes() != 2 * Arena::kUnitBytes)
    std::this_thread::yield();  // the first one is made ready unasked
  arena.release(40);
  CHECK(arena.ready_bytes() == Arena::kUnitBytes);
  REQUIRE(arena.hold(40));
  for (std::size_t i = 0; i < Arena::kUnitBytes; i += 512) REQUIRE(unit(arena, 40)[i] == std::byte{0});
}

TEST_CASE("asking for a unit that is not ready does not wait, and makes the helper get it") {
  Arena arena{64 * Arena::kUnitBytes, Arena::kUnitBytes};
  const bool at_once = arena.try_hold(50);
  CHECK_FALSE(at_once);
  while (!arena.try_hold(50)) std::this_thread::yield();
  CHECK(*unit(arena, 50) == std::byte{0});
}

TEST_CASE("an arena begins with a whole huge page and reserves what it is told") {
  const Arena arena{5 * Arena::kUnitBytes - 1, 1};
  CHECK(reinterpret_cast<std::uintptr_t>(arena.data()) % Arena::kUnitBytes == 0);
  CHECK(arena.size_bytes() == 5 * Arena::kUnitBytes);
}

TEST_CASE("a reservation that the system does not give is halved, down to the least that is of use") {
  constexpr std::size_t kMoreThanThereIs = std::size_t{1} << 50U;
  const Arena arena{kMoreThanThereIs, Arena::kUnitBytes};
  CHECK(arena.size_bytes() < kMoreThanThereIs);
  CHECK(arena.size_bytes() >= Arena::kUnitBytes);
  CHECK_THROWS_AS((Arena{kMoreThanThereIs, kMoreThanThereIs}), std::bad_alloc);
}

TEST_CASE("threads that hold, use and let go of the same units never see another's leavings or lost memory") {
  constexpr std::size_t kUnits = 4;
  Arena arena{kUnits * Arena::kUnitBytes, Arena::kUnitBytes};
  std::atomic<int> faults{0};
  const auto work = [&](unsigned thread) {
    std::mt19937 random{thread};
    for (int i = 0; i < 300; ++i) {
      const std::size_t which = random() % kUnits;
      if (!arena.try_hold(which) && !arena.hold(which)) ++faults;
      // Each thread has a byte of its own in every unit.
      std::byte& own = unit(arena, which)[thread * 4096];
      if (own != std::byte{0}) ++faults;
      own = std::byte{1};
      std::this_thread::yield();
      if (own != std::byte{1}) ++faults;
      own = std::byte{0};
      arena.release(which);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 3; ++thread) threads.emplace_back(work, thread);
  for (std::thread& thread : threads) thread.join();
  CHECK(faults == 0);
}
