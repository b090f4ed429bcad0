#include "table/budget.hpp"

#include "support/catch.hpp"

using namespace lastbeat;

TEST_CASE("a lease takes one while there is room, and gives it back") {
  Budget budget{1};
  {
    const Lease first{budget};
    CHECK_FALSE(first.is_empty());
    CHECK(Lease{budget}.is_empty());
    CHECK(budget.used() == 1);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("a share grows as far as there is room, shrinks always, and is given back") {
  Budget budget{100};
  Share other{budget};
  REQUIRE(other.change_to(30));
  {
    Share share{budget};
    CHECK(share.change_to(70));
    CHECK_FALSE(share.change_to(71));
    CHECK(budget.used() == 100);
    CHECK(share.change_to(70));  // no more than before
    CHECK(share.change_to(10));
    CHECK(budget.used() == 40);
    CHECK(share.change_to(0));
    CHECK(share.change_to(1));
  }
  CHECK(budget.used() == 30);
}
