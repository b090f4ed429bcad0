#include "table/slots.hpp"

#include <map>
#include <random>

#include "support/catch.hpp"

using lastbeat::Second;
using lastbeat::Slots;
using lastbeat::Stamp;

namespace {

std::map<std::uint64_t, Stamp> contents(const Slots& slots) {
  std::map<std::uint64_t, Stamp> found;
  for (std::size_t i = 0; i < slots.capacity(); ++i) {
    if (!slots.stamp_at(i).is_none()) found.emplace(slots.key_at(i), slots.stamp_at(i));
  }
  return found;
}

}  // namespace

TEST_CASE("an empty map holds nothing and no memory") {
  const Slots slots{0};
  CHECK(slots.size() == 0);
  CHECK(slots.capacity() == 0);
  CHECK(slots.find(0).is_none());
}

TEST_CASE("slots agree with a plain map through growth, removal and shrinking") {
  struct Row {
    unsigned used_bits;
    std::uint64_t key_mask;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {0, ~std::uint64_t{0}, "keys anywhere"},
      {10, (~std::uint64_t{0}) >> 10U, "one stripe of 1024"},
      {0, 0x3FFF, "all keys have one home: one long chain"},
      {0, 0xFFF0000000003FFF, "chains that run into each other and around the end"},
  }));
  INFO(row.why);
  const auto seed = GENERATE(take(3, random(0, 1'000'000'000)));
  CAPTURE(seed);
  std::mt19937_64 random{static_cast<std::uint64_t>(seed)};

  Slots slots{row.used_bits};
  std::map<std::uint64_t, Stamp> model;
  for (int step = 0; step < 6000; ++step) {
    const std::uint64_t key = random() & row.key_mask;
    const Stamp stamp = Stamp::heartbeat(static_cast<Second>(1 + random() % 1000));
    if (slots.find(key).is_none()) {
      REQUIRE(slots.insert(key, stamp));
    } else {
      slots.set(key, stamp);
    }
    model[key] = stamp;
    if (!model.empty() && random() % 4 == 0) {
      const auto known = model.lower_bound(random() & row.key_mask);
      if (known != model.end()) REQUIRE(slots.find(known->first) == known->second);
    }
    if (random() % 1500 == 0) {
      const auto limit = Stamp::heartbeat(static_cast<Second>(random() % 1000));
      const std::size_t erased = slots.erase_if([&](Stamp held) { return held < limit; });
      REQUIRE(erased == std::erase_if(model, [&](const auto& entry) { return entry.second < limit; }));
      slots.shrink();
      REQUIRE(contents(slots) == model);
    }
    REQUIRE(slots.size() == model.size());
  }
  CHECK(contents(slots) == model);
  for (const auto& [key, stamp] : model) REQUIRE(slots.find(key) == stamp);
}

TEST_CASE("memory follows the number of entries, down to nothing") {
  Slots slots{0};
  std::mt19937_64 random{1};
  for (std::uint32_t i = 1; i <= 100'000; ++i) REQUIRE(slots.insert(random(), Stamp::heartbeat(i)));
  const std::size_t full = slots.capacity();
  CHECK(full < 200'000);
  slots.erase_if([](Stamp stamp) { return stamp.second() > 1000; });
  slots.shrink();
  CHECK(slots.size() == 1000);
  CHECK(slots.capacity() < full / 10);
  slots.erase_if([](Stamp) { return true; });
  slots.shrink();
  CHECK(slots.capacity() == 0);
}
