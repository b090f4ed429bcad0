#include "dynamo/messages.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::dynamo;
using nlohmann::json;

namespace {

constexpr UserId kLargest{18'446'744'073'709'551'615U};
constexpr Rules kRules{.ttl = 30, .retain = 30};
const UserStamp kWrite{.user = UserId{42}, .stamp = UnixStamp::leave(UnixTime{1'700'000'000'250})};

}  // namespace

TEST_CASE("requests are what DynamoDB's documentation says") {
  CHECK(target_of(Operation::kUpdateItem) == "DynamoDB_20120810.UpdateItem");
  CHECK(json::parse(get_body("presence", true, std::vector{UserId{0}, kLargest})) == json::parse(R"({"RequestItems":
    {"presence":{"Keys":[{"id":{"N":"0"}},{"id":{"N":"18446744073709551615"}}],"ConsistentRead":true,
     "ProjectionExpression":"id, stamp"}}})"));
  CHECK(json::parse(update_body("presence", kWrite, kRules)) == json::parse(R"({"TableName":"presence",
    "Key":{"id":{"N":"42"}},"UpdateExpression":"SET stamp = :stamp, expires = :expires",
    "ConditionExpression":"attribute_not_exists(stamp) OR stamp < :stamp",
    "ExpressionAttributeValues":{":stamp":{"N":"3400000000501"},":expires":{"N":"1700000031"}}})"));
  CHECK(json::parse(put_body("presence", std::vector{kWrite}, kRules)) == json::parse(R"({"RequestItems":
    {"presence":[{"PutRequest":{"Item":{"id":{"N":"42"},"stamp":{"N":"3400000000501"},
     "expires":{"N":"1700000031"}}}}]}})"));
  CHECK(json::parse(create_table_body("presence")) == json::parse(R"({"TableName":"presence",
    "BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"N"}],
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]})"));
  CHECK(json::parse(time_to_live_body("presence")) == json::parse(R"({"TableName":"presence",
    "TimeToLiveSpecification":{"AttributeName":"expires","Enabled":true}})"));
}

TEST_CASE("a reply of items tells who was found and who is still to be asked about") {
  const auto reply = parse_get_reply(R"({"Responses":{"presence":[{"id":{"N":"42"},"stamp":{"N":"3400000000501"}},
    {"id":{"N":"18446744073709551615"},"stamp":{"S":"rubbish"}},{"id":{"N":"-1"}}]},
    "UnprocessedKeys":{"presence":{"Keys":[{"id":{"N":"7"}}],"ConsistentRead":true}}})",
                                     "presence");
  REQUIRE(reply);
  CHECK(reply->found == std::vector{kWrite, UserStamp{.user = kLargest}});
  CHECK(reply->unprocessed == std::vector{UserId{7}});
}

TEST_CASE("a reply to writes tells which were not done") {
  const auto none = parse_put_reply(R"({"UnprocessedItems":{}})", "presence");
  REQUIRE(none);
  CHECK(none->empty());
  const auto one =
      parse_put_reply(R"({"UnprocessedItems":{"presence":[{"PutRequest":{"Item":{"id":{"N":"7"}}}}]}})", "presence");
  REQUIRE(one);
  CHECK(*one == std::vector{UserId{7}});
}

TEST_CASE("what is no reply of DynamoDB's is told from one") {
  const auto* const body = GENERATE("", "null", "[]", "{}", R"({"Responses":)", "<html>", R"({"Responses":7})");
  INFO(body);
  CHECK_FALSE(parse_get_reply(body, "presence"));
  CHECK_FALSE(parse_put_reply(body, "presence"));
  CHECK_FALSE(parse_table(body));
  CHECK_FALSE(parse_time_to_live(body));
  CHECK(parse_error(body).name.empty());
}

TEST_CASE("errors have a name and a reason, however they are written") {
  const auto error =
      parse_error(R"({"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"})");
  CHECK(error.name == "ThrottlingException");
  CHECK(error.message == "slow");
  CHECK(parse_error(R"({"__type":"AccessDenied","Message":"no"})").message == "no");
}

TEST_CASE("a table is described by its state and its key") {
  const auto described = [](const std::string& type, const std::string& schema) {
    return parse_table(R"({"Table":{"TableStatus":"ACTIVE","AttributeDefinitions":[{"AttributeName":"id",
      "AttributeType":")" +
                       type + R"("}],"KeySchema":[)" + schema + "]}}");
  };
  const std::string id = R"({"AttributeName":"id","KeyType":"HASH"})";
  CHECK(described("N", id)->status == "ACTIVE");
  CHECK(described("N", id)->has_our_key);
  CHECK_FALSE(described("S", id)->has_our_key);
  CHECK_FALSE(described("N", id + R"(,{"AttributeName":"when","KeyType":"RANGE"})")->has_our_key);
  CHECK_FALSE(described("N", R"({"AttributeName":"user","KeyType":"HASH"})")->has_our_key);
  CHECK(parse_time_to_live(R"({"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"expires"}})") ==
        "expires");
  CHECK(parse_time_to_live(R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})")->empty());
}
