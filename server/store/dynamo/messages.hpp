// Bodies of requests to DynamoDB and of its replies. docs/stores.md says what an item is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dynamo/unix_stamp.hpp"
#include "table/rules.hpp"

namespace lastbeat::dynamo {

enum class Operation : std::uint8_t {
  kBatchGetItem,
  kBatchWriteItem,
  kUpdateItem,
  kCreateTable,
  kDescribeTable,
  kDescribeTimeToLive,
  kUpdateTimeToLive,
};
// As X-Amz-Target has it.
[[nodiscard]] std::string target_of(Operation operation);

inline constexpr std::size_t kMostReads = 100;  // users of a BatchGetItem
inline constexpr std::size_t kMostPuts = 25;    // of a BatchWriteItem

// Users are distinct in all of them.
[[nodiscard]] std::string get_body(const std::string& table, bool is_consistent, std::span<const UserId> users);
// Reads an item that is never there.
[[nodiscard]] std::string probe_body(const std::string& table);
// Writes if what is there is older.
[[nodiscard]] std::string update_body(const std::string& table, const UserStamp& write, const Rules& rules);
// Writes whatever is there.
[[nodiscard]] std::string put_body(const std::string& table, std::span<const UserStamp> writes, const Rules& rules);
[[nodiscard]] std::string create_table_body(const std::string& table);
[[nodiscard]] std::string describe_body(const std::string& table);
[[nodiscard]] std::string time_to_live_body(const std::string& table);

// Replies. nullopt: it is not what DynamoDB says.
struct GetReply {
  std::vector<UserStamp> found;
  std::vector<UserId> unprocessed;
};
[[nodiscard]] std::optional<GetReply> parse_get_reply(std::string_view body, const std::string& table);
// The users whose items were not written.
[[nodiscard]] std::optional<std::vector<UserId>> parse_put_reply(std::string_view body, const std::string& table);
struct TableFacts {
  std::string status{};      // "ACTIVE"
  bool has_our_key = false;  // as create_table_body() makes it
};
[[nodiscard]] std::optional<TableFacts> parse_table(std::string_view body);
// Which attribute says when an item goes; empty: none does.
[[nodiscard]] std::optional<std::string> parse_time_to_live(std::string_view body);

// Why a request was refused: the name without what stands before it, "ThrottlingException".
struct ServiceError {
  std::string name{};
  std::string message{};
};
// Empty members for a body that says nothing.
[[nodiscard]] ServiceError parse_error(std::string_view body);

// The attribute that says when an item goes.
extern const std::string_view kExpiresAttribute;

}  // namespace lastbeat::dynamo
