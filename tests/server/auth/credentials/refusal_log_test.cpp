#include "credentials/refusal_log.hpp"

#include <string>

#include "support/catch.hpp"

using lastbeat::RateLimit;
using lastbeat::auth::RefusalLog;
using std::chrono::seconds;

namespace {

RateLimit::Time at(int second) { return RateLimit::Time{seconds{second}}; }

}  // namespace

TEST_CASE("a reason that repeats is logged once in an interval, with how often it was not, and hides no other") {
  RefusalLog log;
  CHECK(log.note("no token", at(100)) == 0);
  CHECK_FALSE(log.note("no token", at(101)).has_value());
  CHECK(log.note("expired", at(101)) == 0);
  CHECK_FALSE(log.note("no token", at(109)).has_value());
  CHECK_FALSE(log.note("expired", at(110)).has_value());
  CHECK(log.note("no token", at(110)) == 2);
  CHECK(log.note("expired", at(111)) == 1);
}

TEST_CASE("reasons over the most share one line") {
  RefusalLog log;
  for (std::size_t i = 0; i < RefusalLog::kMostReasons; ++i) CHECK(log.note(std::to_string(i), at(100)) == 0);
  CHECK(log.note("one more", at(100)) == 0);
  CHECK_FALSE(log.note("and another", at(101)).has_value());
  CHECK(log.note("one more", at(110)) == 1);
}
