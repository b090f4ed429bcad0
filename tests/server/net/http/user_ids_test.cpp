#include "http/user_ids.hpp"

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::http;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kMostIds = 3;

struct Read {
  Refusal refusal = Refusal::kNone;
  std::vector<std::uint64_t> ids;
};

Read read(std::string_view body, BodyForm form) {
  std::vector<Command> commands{{.user = UserId{99}}};
  Read result;
  result.refusal = read_user_ids(protocol::as_bytes(body), form, CommandKind::kHeartbeat, kMostIds, commands);
  REQUIRE(commands.front().user == UserId{99});
  for (const Command& command : std::span{commands}.subspan(1)) {
    CHECK(command.kind == CommandKind::kHeartbeat);
    CHECK(command.second == Command::kOnArrival);
    result.ids.push_back(static_cast<std::uint64_t>(command.user));
  }
  return result;
}

}  // namespace

TEST_CASE("one user is named by a number or a string") {
  struct Row {
    std::string_view body;
    std::uint64_t id;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"user_id":42})", 42},
      {R"({"user_id":"42"})", 42},
      {R"({"user_id":0})", 0},
      {R"({"user_id":18446744073709551615})", ~std::uint64_t{0}},
      {R"({"user_id":"18446744073709551615"})", ~std::uint64_t{0}},
      {R"( { "user_id" : 9007199254740993 } )", 9007199254740993},
      {R"({"user_\u0069d":"\u0034\u0032"})", 42},
  }));
  CAPTURE(row.body);
  const Read result = read(row.body, BodyForm::kOneUser);
  CHECK(result.refusal == Refusal::kNone);
  CHECK(result.ids == std::vector{row.id});
}

TEST_CASE("many users are named by a list, in its order") {
  CHECK(read(R"({"user_ids":[3,"1",3]})", BodyForm::kManyUsers).ids == std::vector<std::uint64_t>{3, 1, 3});
  const Read none = read(R"({"user_ids":[]})", BodyForm::kManyUsers);
  CHECK(none.refusal == Refusal::kNone);
  CHECK(none.ids.empty());
}

TEST_CASE("a body that names no user, or not clearly, is refused as a whole") {
  struct Row {
    std::string_view body;
    BodyForm form;
    Refusal refusal;
  };
  constexpr auto kOne = BodyForm::kOneUser;
  constexpr auto kMany = BodyForm::kManyUsers;
  const auto row = GENERATE(values<Row>({
      {"", kOne, Refusal::kMalformedJson},
      {"{", kOne, Refusal::kMalformedJson},
      {R"({"user_id":42)", kOne, Refusal::kMalformedJson},
      {R"({"user_id":42}})", kOne, Refusal::kMalformedJson},
      {R"({"user_id":42} x)", kOne, Refusal::kMalformedJson},
      {R"({'user_id':42})", kOne, Refusal::kMalformedJson},
      {R"({"user_id":042})", kOne, Refusal::kMalformedJson},
      {R"({"user_id":+42})", kOne, Refusal::kMalformedJson},
      {R"({"user_id":42,})", kOne, Refusal::kMalformedJson},
      {R"({"user_id":42/**/})", kOne, Refusal::kMalformedJson},
      {"{\"user_id\":42}\0{"sv, kOne, Refusal::kMalformedJson},
      {"{\"user_id\":42\0}"sv, kOne, Refusal::kMalformedJson},
      {"{\"user_id\":\"\xff\"}", kOne, Refusal::kMalformedJson},
      {R"({"user_id":18446744073709551616})", kOne, Refusal::kUserId},
      {R"({"user_id":"18446744073709551616"})", kOne, Refusal::kUserId},
      {R"({"user_id":1e999})", kOne, Refusal::kUserId},
      {R"({"user_id":-1})", kOne, Refusal::kUserId},
      {R"({"user_id":42.0})", kOne, Refusal::kUserId},
      {R"({"user_id":4.2e1})", kOne, Refusal::kUserId},
      {R"({"user_id":""})", kOne, Refusal::kUserId},
      {R"({"user_id":" 42"})", kOne, Refusal::kUserId},
      {R"({"user_id":"4\u00002"})", kOne, Refusal::kUserId},
      {R"({"user_id":null})", kOne, Refusal::kUserId},
      {R"({"user_id":true})", kOne, Refusal::kUserId},
      {R"({"user_id":[42]})", kOne, Refusal::kUserId},
      {R"({"user_id":{}})", kOne, Refusal::kUserId},
      {"{}", kOne, Refusal::kUnexpectedJson},
      {"42", kOne, Refusal::kUnexpectedJson},
      {"null", kOne, Refusal::kUnexpectedJson},
      {R"("user_id")", kOne, Refusal::kUnexpectedJson},
      {"[42]", kOne, Refusal::kUnexpectedJson},
      {R"({"user":42})", kOne, Refusal::kUnexpectedJson},
      {R"({"user_id":42,"user_id":43})", kOne, Refusal::kUnexpectedJson},
      {R"({"user_id":42,"age_ms":1})", kOne, Refusal::kUnexpectedJson},
      {R"({"user_ids":[42]})", kOne, Refusal::kUnexpectedJson},
      {R"({"user_id":42})", kMany, Refusal::kUnexpectedJson},
      {R"({"user_ids":42})", kMany, Refusal::kUnexpectedJson},
      {R"({"user_ids":[1,[2]]})", kMany, Refusal::kUserId},
      {R"({"user_ids":[1,{"user_id":2}]})", kMany, Refusal::kUserId},
      {R"({"user_ids":[1,2,]})", kMany, Refusal::kMalformedJson},
      {R"({"user_ids":[1],"user_ids":[2]})", kMany, Refusal::kUnexpectedJson},
      {R"({"user_ids":[1,2,3,4]})", kMany, Refusal::kTooManyIds},
  }));
  CAPTURE(row.body);
  const Read result = read(row.body, row.form);
  CHECK(result.refusal == row.refusal);
  CHECK(result.ids.empty());
}

TEST_CASE("a body that is nested without end is refused where the nesting begins") {
  const std::string deep = R"({"user_ids":)" + std::string(1'000'000, '[');
  CHECK(read(deep, BodyForm::kManyUsers).refusal == Refusal::kUserId);
  CHECK(read(std::string(1'000'000, '['), BodyForm::kOneUser).refusal == Refusal::kUnexpectedJson);
}
