#include "table/stamp.hpp"

#include "support/catch.hpp"

using lastbeat::Stamp;

TEST_CASE("of two stamps the newer is larger, and at the same second the leave is") {
  CHECK(Stamp::heartbeat(100) < Stamp::leave(100));
  CHECK(Stamp::leave(100) < Stamp::heartbeat(101));
  CHECK(Stamp{} < Stamp::heartbeat(1));
}

TEST_CASE("a stamp keeps its second and whether it was a leave") {
  CHECK(Stamp::heartbeat(100).second() == 100);
  CHECK(Stamp::leave(100).second() == 100);
  CHECK_FALSE(Stamp::heartbeat(100).is_left());
  CHECK(Stamp::leave(100).is_left());
  CHECK(Stamp{}.is_none());
  CHECK_FALSE(Stamp::heartbeat(1).is_none());
  CHECK(Stamp::from_word(Stamp::leave(7).word()) == Stamp::leave(7));
}

TEST_CASE("a stamp lasts for 31 bits of seconds") {
  constexpr lastbeat::Second kLast = (1U << 31U) - 1;
  CHECK(Stamp::leave(kLast).second() == kLast);
  CHECK(Stamp::heartbeat(kLast) < Stamp::leave(kLast));
}

TEST_CASE("the age of a stamp never wraps") {
  CHECK(Stamp::heartbeat(100).age(130) == 30);
  CHECK(Stamp::heartbeat(100).age(100) == 0);
  CHECK(Stamp::heartbeat(101).age(100) == 0);
}
