#include "command/output.hpp"

#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::cli;
using namespace std::chrono_literals;

TEST_CASE("a status is a line a user, as scripts expect it") {
  const std::vector<UserStatus> statuses{{UserId{42}, Presence::kOnline, 3s},
                                         {UserId{43}, Presence::kOffline, 51s},
                                         {UserId{44}, Presence::kLeft, 5s},
                                         {UserId{45}, Presence::kOffline, std::nullopt},
                                         {UserId{46}, Presence::kUnknown, std::nullopt},
                                         {UserId{~std::uint64_t{0}}, Presence::kUnknown, 31s}};
  CHECK(format_statuses(statuses, Format::kText) ==
        "42 online 3s\n43 offline 51s\n44 offline left 5s\n45 offline\n46 unknown\n18446744073709551615 unknown 31s\n");
  CHECK(format_statuses(std::span{statuses}.subspan(2, 2), Format::kJson) ==
        R"([{"user_id":"44","status":"offline","left":true,"age_seconds":5},)"
        R"({"user_id":"45","status":"offline","left":false,"age_seconds":null}])"
        "\n");
}

TEST_CASE("a write says ok when everything was taken") {
  CHECK(format_write(2, {}, Format::kText) == "ok\n");
  CHECK(format_write(2, {.refused = 1, .too_old = 0}, Format::kText).empty());
  CHECK(format_write(5, {.refused = 1, .too_old = 2}, Format::kJson) ==
        "{\"accepted\":2,\"refused\":1,\"too_old\":2}\n");
}

TEST_CASE("lists, counts, counters and round trips") {
  const std::vector<UserId> users{UserId{1}, UserId{2}};
  CHECK(format_users(users, Format::kText) == "1\n2\n");
  CHECK(format_users(users, Format::kJson) == "{\"user_ids\":[\"1\",\"2\"]}\n");
  CHECK(format_count({.online = 2, .entries = 3}, Format::kText) == "2\n");
  CHECK(format_count({.online = 2, .entries = 3}, Format::kJson) == "{\"online\":2,\"entries\":3}\n");
  const std::vector<std::pair<std::string, std::string>> stats{{"online", "2"}, {"mode", "x"}};
  CHECK(format_stats(stats, Format::kText) == "online 2\nmode x\n");
  CHECK(format_stats(stats, Format::kJson) == "{\"online\":2,\"mode\":\"x\"}\n");
  CHECK(format_ping(123'456ns, Format::kText) == "pong 123us\n");
  CHECK(format_ping(123'456ns, Format::kJson) == "{\"microseconds\":123}\n");
}

TEST_CASE("errors are one line, or an object with a code") {
  const Error error{.kind = ErrorKind::kConnect, .server_code = 0, .message = "cannot connect"};
  CHECK(format_error(error, Format::kText) == "lastbeat: cannot connect\n");
  CHECK(format_error(error, Format::kJson) == "{\"error\":{\"code\":\"connect\",\"message\":\"cannot connect\"}}\n");
}
