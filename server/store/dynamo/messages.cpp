#include "dynamo/messages.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "dynamo/unix_rules.hpp"
#include "text/json_writer.hpp"
#include "text/parse.hpp"

namespace lastbeat::dynamo {

const std::string_view kExpiresAttribute = "expires";

namespace {

using Json = nlohmann::json;
using text::JsonWriter;

constexpr std::string_view kKey = "id";
constexpr std::string_view kStamp = "stamp";

// {"N":"42"}: numbers travel as text.
JsonWriter& number(JsonWriter& json, const std::string& digits) {
  return json.begin_object().key("N").value(digits).end_object();
}
std::string digits(UserId user) { return std::to_string(static_cast<std::uint64_t>(user)); }

void key(JsonWriter& json, const std::string& id) {
  json.begin_object().key(kKey);
  number(json, id).end_object();
}

std::string read_body(const std::string& table, bool is_consistent, std::span<const std::string> ids) {
  JsonWriter json;
  json.begin_object().key("RequestItems").begin_object().key(table).begin_object();
  json.key("ConsistentRead").value(is_consistent);
  json.key("ProjectionExpression").value("id, stamp");
  json.key("Keys").begin_array();
  for (const std::string& id : ids) key(json, id);
  json.end_array().end_object().end_object().end_object();
  return json.text();
}

std::optional<Json> parse(std::string_view body) {
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

// The member of that name; null if there is none.
const Json& member(const Json& json, std::string_view name) {
  static const Json null;
  if (!json.is_object()) return null;
  const auto found = json.find(std::string{name});
  return found == json.end() ? null : *found;
}

const std::string& string(const Json& json) {
  static const std::string none;
  return json.is_string() ? json.get_ref<const std::string&>() : none;
}

// nullopt: an item that is none of ours, whose key no user has.
std::optional<UserId> user_of(const Json& key) {
  const auto id = text::read_whole_number(string(member(member(key, kKey), "N")));
  if (!id) return std::nullopt;
  return UserId{*id};
}

// None when there is no whole number: whoever wrote that, it is no stamp.
UnixStamp stamp_of(const Json& item) {
  const std::string& text = string(member(member(item, kStamp), "N"));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_stamp = error == std::errc{} && end == text.data() + text.size() && number > 0;
  return is_stamp ? UnixStamp::from_number(number) : UnixStamp{};
}

}  // namespace

std::string target_of(Operation operation) {
  const std::string version = "DynamoDB_20120810.";
  switch (operation) {
    case Operation::kBatchGetItem:
      return version + "BatchGetItem";
    case Operation::kBatchWriteItem:
      return version + "BatchWriteItem";
    case Operation::kUpdateItem:
      return version + "UpdateItem";
    case Operation::kCreateTable:
      return version + "CreateTable";
    case Operation::kDescribeTable:
      return version + "DescribeTable";
    case Operation::kDescribeTimeToLive:
      return version + "DescribeTimeToLive";
    case Operation::kUpdateTimeToLive:
      break;
  }
  return version + "UpdateTimeToLive";
}

std::string get_body(const std::string& table, bool is_consistent, std::span<const UserId> users) {
  std::vector<std::string> ids;
  ids.reserve(users.size());
  for (const UserId user : users) ids.push_back(digits(user));
  return read_body(table, is_consistent, ids);
}

std::string probe_body(const std::string& table) {
  const std::string nobody = "-1";
  return read_body(table, false, std::span{&nobody, 1});
}

std::string update_body(const std::string& table, const UserStamp& write, const Rules& rules) {
  JsonWriter json;
  json.begin_object().key("TableName").value(table).key("Key");
  key(json, digits(write.user));
  json.key("UpdateExpression").value("SET stamp = :stamp, expires = :expires");
  json.key("ConditionExpression").value("attribute_not_exists(stamp) OR stamp < :stamp");
  json.key("ExpressionAttributeValues").begin_object().key(":stamp");
  number(json, std::to_string(write.stamp.number())).key(":expires");
  number(json, std::to_string(expiry_of(write.stamp, rules))).end_object().end_object();
  return json.text();
}

std::string put_body(const std::string& table, std::span<const UserStamp> writes, const Rules& rules) {
  JsonWriter json;
  json.begin_object().key("RequestItems").begin_object().key(table).begin_array();
  for (const UserStamp& write : writes) {
    json.begin_object().key("PutRequest").begin_object().key("Item").begin_object().key(kKey);
    number(json, digits(write.user)).key(kStamp);
    number(json, std::to_string(write.stamp.number())).key(kExpiresAttribute);
    number(json, std::to_string(expiry_of(write.stamp, rules))).end_object().end_object().end_object();
  }
  json.end_array().end_object().end_object();
  return json.text();
}

std::string create_table_body(const std::string& table) {
  JsonWriter json;
  json.begin_object().key("TableName").value(table).key("BillingMode").value("PAY_PER_REQUEST");
  json.key("AttributeDefinitions").begin_array().begin_object();
  json.key("AttributeName").value(kKey).key("AttributeType").value("N").end_object().end_array();
  json.key("KeySchema").begin_array().begin_object();
  json.key("AttributeName").value(kKey).key("KeyType").value("HASH").end_object().end_array().end_object();
  return json.text();
}

std::string describe_body(const std::string& table) {
  JsonWriter json;
  json.begin_object().key("TableName").value(table).end_object();
  return json.text();
}

std::string time_to_live_body(const std::string& table) {
  JsonWriter json;
  json.begin_object().key("TableName").value(table).key("TimeToLiveSpecification").begin_object();
  json.key("AttributeName").value(kExpiresAttribute).key("Enabled").value(true).end_object().end_object();
  return json.text();
}

std::optional<GetReply> parse_get_reply(std::string_view body, const std::string& table) {
  const auto json = parse(body);
  if (!json || !member(*json, "Responses").is_object()) return std::nullopt;
  GetReply reply;
  for (const Json& item : member(member(*json, "Responses"), table)) {
    if (const auto user = user_of(item)) reply.found.push_back({.user = *user, .stamp = stamp_of(item)});
  }
  for (const Json& key : member(member(member(*json, "UnprocessedKeys"), table), "Keys")) {
    if (const auto user = user_of(key)) reply.unprocessed.push_back(*user);
  }
  return reply;
}

std::optional<std::vector<UserId>> parse_put_reply(std::string_view body, const std::string& table) {
  const auto json = parse(body);
  if (!json || !member(*json, "UnprocessedItems").is_object()) return std::nullopt;
  std::vector<UserId> unprocessed;
  for (const Json& request : member(member(*json, "UnprocessedItems"), table)) {
    if (const auto user = user_of(member(member(request, "PutRequest"), "Item"))) unprocessed.push_back(*user);
  }
  return unprocessed;
}

std::optional<TableFacts> parse_table(std::string_view body) {
  const auto json = parse(body);
  if (!json || !member(*json, "Table").is_object()) return std::nullopt;
  const Json& table = member(*json, "Table");
  TableFacts facts{.status = string(member(table, "TableStatus"))};
  const Json& schema = member(table, "KeySchema");
  const bool is_one = schema.is_array() && schema.size() == 1;
  for (const Json& attribute : member(table, "AttributeDefinitions")) {
    const bool is_key = is_one && string(member(schema[0], "AttributeName")) == kKey;
    if (is_key && string(member(attribute, "AttributeName")) == kKey) {
      facts.has_our_key = string(member(attribute, "AttributeType")) == "N";
    }
  }
  return facts;
}

std::optional<std::string> parse_time_to_live(std::string_view body) {
  const auto json = parse(body);
  if (!json) return std::nullopt;
  const Json& description = member(*json, "TimeToLiveDescription");
  const std::string& status = string(member(description, "TimeToLiveStatus"));
  if (status.empty()) return std::nullopt;
  const bool is_on = status == "ENABLED" || status == "ENABLING";
  return is_on ? string(member(description, "AttributeName")) : std::string{};
}

ServiceError parse_error(std::string_view body) {
  const auto json = parse(body);
  if (!json) return {};
  std::string name = string(member(*json, "__type"));
  // "com.amazonaws.dynamodb.v20120810#ThrottlingException"
  if (const std::size_t mark = name.rfind('#'); mark != std::string::npos) name.erase(0, mark + 1);
  std::string message = string(member(*json, "message"));
  if (message.empty()) message = string(member(*json, "Message"));
  return {.name = std::move(name), .message = std::move(message)};
}

}  // namespace lastbeat::dynamo
