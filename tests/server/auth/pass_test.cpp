#include "auth/pass.hpp"

#include "server/auth/fake_authority.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::auth;
using lastbeat::test::FakeAuthority;
using lastbeat::test::service;

namespace {

constexpr UnixSecond kNow = 1000;

bool shows(Pass& pass, const char* token, const FakeAuthority& authority, UnixSecond now = kNow) {
  bool was_judged = false;
  return pass.show(token, authority, now, was_judged) != nullptr;
}

Identity until(UnixSecond not_after) {
  Identity identity = service({Scope::kStatus});
  identity.not_after = not_after;
  return identity;
}

}  // namespace

TEST_CASE("a token is judged once, and again when it is another") {
  FakeAuthority authority;
  authority.accept("good", service({Scope::kStatus}));
  authority.accept("better", service({Scope::kAdmin}));
  Pass pass;
  for (int i = 0; i < 3; ++i) CHECK(shows(pass, "good", authority));
  CHECK(authority.judged() == 1);
  CHECK(shows(pass, "better", authority));
  CHECK(authority.judged() == 2);
  CHECK(has(pass.holder(authority, kNow)->scopes, Scope::kAdmin));
  CHECK(shows(pass, "good", authority));
  CHECK_FALSE(has(pass.holder(authority, kNow)->scopes, Scope::kAdmin));
}

TEST_CASE("a refusal holds for its second, and takes with it what was shown before") {
  FakeAuthority authority;
  authority.accept("good", service({Scope::kStatus}));
  Pass pass;
  CHECK(shows(pass, "good", authority));
  for (int i = 0; i < 3; ++i) CHECK_FALSE(shows(pass, "bad", authority));
  CHECK(authority.judged() == 2);
  CHECK(pass.holder(authority, kNow) == nullptr);
  CHECK_FALSE(shows(pass, "bad", authority, kNow + 1));
  CHECK(authority.judged() == 3);
  authority.accept("bad", service({Scope::kStatus}));  // now it is good, in the same second
  CHECK(shows(pass, "bad", authority, kNow + 1));
}

TEST_CASE("a replacement that is refused leaves what was proved") {
  FakeAuthority authority;
  authority.accept("good", service({Scope::kStatus}));
  Pass pass;
  CHECK(pass.replace("bad", authority, kNow) == nullptr);
  CHECK(pass.holder(authority, kNow) == nullptr);
  CHECK(pass.replace("good", authority, kNow) != nullptr);
  CHECK(pass.replace("bad", authority, kNow) == nullptr);
  CHECK(pass.holder(authority, kNow) != nullptr);
}

TEST_CASE("what was proved ends with its second") {
  FakeAuthority authority;
  authority.accept("good", until(kNow + 10));
  Pass pass;
  REQUIRE(shows(pass, "good", authority));
  CHECK(pass.holder(authority, kNow + 9) != nullptr);
  CHECK(pass.holder(authority, kNow + 10) == nullptr);
  CHECK_FALSE(shows(pass, "good", authority, kNow + 10));
}

TEST_CASE("what was proved follows what becomes of it: other scopes, or nothing") {
  FakeAuthority authority;
  authority.accept("good", service({Scope::kStatus}));
  Pass pass;
  REQUIRE(shows(pass, "good", authority));
  authority.accept("good", service({Scope::kAdmin}));
  CHECK(has(pass.holder(authority, kNow)->scopes, Scope::kAdmin));
  authority.forget("good");
  CHECK(pass.holder(authority, kNow) == nullptr);
  CHECK_FALSE(shows(pass, "good", authority));
  authority.accept("good", service({Scope::kStatus}));
  CHECK(pass.holder(authority, kNow) == nullptr);  // gone is gone: it must be shown again
  CHECK(shows(pass, "good", authority));
}
