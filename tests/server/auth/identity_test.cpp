#include "auth/identity.hpp"

#include "server/auth/fake_authority.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::auth;
using lastbeat::test::service;
using lastbeat::test::user;

TEST_CASE("what each scope, and a user, may do") {
  struct Row {
    Need need;
    bool heartbeat, status, admin, user, nobody;
  };
  const auto row = GENERATE(values<Row>({
      {Need::kNothing, true, true, true, true, true},
      {Need::kBeat, true, false, false, true, false},
      {Need::kBeatMany, true, false, false, false, false},
      {Need::kRead, false, true, false, true, false},
      {Need::kCount, false, true, false, false, false},
      {Need::kAdmin, false, false, true, false, false},
  }));
  CAPTURE(static_cast<int>(row.need));
  CHECK(allows(service({Scope::kHeartbeat}), row.need) == row.heartbeat);
  CHECK(allows(service({Scope::kStatus}), row.need) == row.status);
  CHECK(allows(service({Scope::kAdmin}), row.need) == row.admin);
  CHECK(allows(user(0), row.need) == row.user);
  CHECK(allows(Identity{}, row.need) == row.nobody);
}
