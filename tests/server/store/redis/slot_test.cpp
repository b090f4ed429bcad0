#include "redis/slot.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using redis::slot_of;
using redis::UserSlots;

TEST_CASE("a key's slot is that of Redis") {
  struct Row {
    const char* key;
    redis::Slot slot;
    const char* why;
  };
  // The specification has the first; CLUSTER KEYSLOT said the others.
  const auto row = GENERATE(values<Row>({
      {"123456789", 0x31c3, "the check value of CRC16 XMODEM"},
      {"", 0, "nothing"},
      {"foo", 12182, "a word"},
      {"lastbeat:42", 10503, "a user"},
      {"{user1000}.following", 3443, "a hash tag"},
      {"user1000", 3443, "which counts alone"},
      {"foo{}{bar}", 8363, "an empty tag is none"},
      {"foo{{bar}}zap", 4015, "from the first brace to the next that closes"},
      {"foo{bar}{zap}", 5061, "the first tag alone"},
      {"foo{bar", 15278, "a brace that nothing closes"},
  }));
  INFO(row.key << ": " << row.why);
  CHECK(slot_of(row.key) == row.slot);
}

TEST_CASE("a user's slot is that of the key") {
  for (const std::string prefix : {"lastbeat:", "", "{tag}:", "a{}b", "a{b", "a}b"}) {
    const UserSlots slots{prefix};
    for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{42}, ~std::uint64_t{0}}) {
      INFO(prefix << id);
      CHECK(slots(UserId{id}) == slot_of(prefix + std::to_string(id)));
    }
  }
}
