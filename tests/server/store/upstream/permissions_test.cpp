#include "upstream/permissions.hpp"

#include "protocol/wire.hpp"
#include "support/catch.hpp"

namespace lastbeat {
namespace {

using std::chrono::seconds;
using Asked = Permissions::Asked;
using protocol::ErrorCode;

Error refusal(ErrorCode code) {
  return {.kind = ErrorKind::kServer, .server_code = static_cast<std::uint16_t>(code), .message = "no"};
}
const Error kNoToken = refusal(ErrorCode::kUnauthenticated);
const Error kNoScope = refusal(ErrorCode::kForbidden);
const Error kAway{.kind = ErrorKind::kConnect, .message = "refused"};

// What the log is told; empty: nothing.
std::string hear(Permissions& permissions, Asked asked, const Error* error, int second = 100) {
  return permissions.hear(asked, error, Permissions::Time{seconds{second}}).value_or("");
}

TEST_CASE("an upstream that wants a token refuses all, and the log says what to look at") {
  Permissions permissions{false};
  CHECK_FALSE(permissions.refuses_all());
  CHECK(hear(permissions, Asked::kCount, &kNoToken).find("refuses to count: no; --upstream-token-file") !=
        std::string::npos);
  CHECK(permissions.refuses_all());
  // What is on its way when it goes away, or does not arrive, is no permission.
  const Error goodbye = refusal(ErrorCode::kShuttingDown);
  for (const Error* const error : {&kAway, &goodbye}) CHECK(hear(permissions, Asked::kHeartbeats, error).empty());
  CHECK(permissions.refuses_all());
  CHECK(hear(permissions, Asked::kCount, nullptr).empty());
  CHECK_FALSE(permissions.refuses_all());
}

TEST_CASE("a token that is withdrawn makes an upstream refuse what it has allowed") {
  Permissions permissions{false};
  CHECK(hear(permissions, Asked::kHeartbeats, nullptr).empty());
  CHECK(hear(permissions, Asked::kStatuses, nullptr).empty());
  CHECK_FALSE(hear(permissions, Asked::kCount, &kNoToken).empty());
  CHECK(permissions.refuses_all());
  CHECK_FALSE(hear(permissions, Asked::kStatuses, &kNoScope).empty());
  CHECK_FALSE(permissions.refuses_all());  // it is good again, perhaps for heartbeats
}

TEST_CASE("a token that may not count is good for heartbeats and statuses all the same") {
  Permissions permissions{false};
  CHECK(hear(permissions, Asked::kCount, &kNoScope).find("lacks the scope status") != std::string::npos);
  CHECK(hear(permissions, Asked::kHeartbeats, nullptr).empty());
  CHECK_FALSE(permissions.refuses_all());
  CHECK(hear(permissions, Asked::kStatuses, nullptr).empty());
  CHECK(hear(permissions, Asked::kHeartbeats, &kNoScope).find("lacks the scope heartbeat") != std::string::npos);
  CHECK(hear(permissions, Asked::kCount, &kNoScope, 101).empty());
  CHECK_FALSE(permissions.refuses_all());
}

TEST_CASE("a token of no scope that is needed refuses all once a heartbeat has been tried") {
  Permissions permissions{false};
  CHECK_FALSE(hear(permissions, Asked::kCount, &kNoScope).empty());
  CHECK_FALSE(permissions.refuses_all());
  CHECK_FALSE(hear(permissions, Asked::kHeartbeats, &kNoScope).empty());
  CHECK(permissions.refuses_all());
  CHECK(hear(permissions, Asked::kHeartbeats, nullptr).empty());
  CHECK_FALSE(permissions.refuses_all());
}

TEST_CASE("one of several nodes that wants a token does not refuse what others allow") {
  Permissions permissions{true};
  CHECK_FALSE(hear(permissions, Asked::kCount, &kNoToken).empty());
  CHECK(permissions.refuses_all());  // nothing better is known
  CHECK(hear(permissions, Asked::kHeartbeats, nullptr).empty());
  CHECK(hear(permissions, Asked::kCount, &kNoToken).empty());
  CHECK_FALSE(permissions.refuses_all());
  CHECK_FALSE(hear(permissions, Asked::kHeartbeats, &kNoToken).empty());
  CHECK(permissions.refuses_all());
}

TEST_CASE("users who are refused are told of once in ten seconds, the count once") {
  Permissions permissions{false};
  CHECK_FALSE(hear(permissions, Asked::kStatuses, &kNoScope, 100).empty());
  CHECK(hear(permissions, Asked::kStatuses, &kNoScope, 109).empty());
  CHECK_FALSE(hear(permissions, Asked::kStatuses, &kNoScope, 110).empty());
  CHECK_FALSE(hear(permissions, Asked::kCount, &kNoScope, 100).empty());
  CHECK(hear(permissions, Asked::kCount, &kNoScope, 200).empty());
}

TEST_CASE("an answer that the store upstream cannot count is no refusal") {
  Permissions permissions{false};
  const Error unsupported = refusal(ErrorCode::kUnsupported);
  CHECK_FALSE(hear(permissions, Asked::kCount, &kNoToken).empty());
  CHECK(hear(permissions, Asked::kCount, &unsupported).empty());
  CHECK_FALSE(permissions.refuses_all());
}

}  // namespace
}  // namespace lastbeat
