// The command line of `lastbeat`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lastbeat/client.hpp"

namespace lastbeat::cli {

enum class Command : std::uint8_t { kHeartbeat, kStatus, kLeave, kOnline, kCount, kStats, kPing, kTop, kId };

struct Options {
  ClientOptions client;
  Command command{};
  bool json = false;
  std::vector<UserId> users;                 // heartbeat, status, leave
  bool users_from_stdin = false;             // "-" instead of ids or names
  std::vector<std::string> names;            // id
  Client::Age age;                           // heartbeat, leave
  std::chrono::milliseconds interval{1000};  // top: from one table to the next
  std::uint64_t tables = 0;                  // top: how many; 0: until it is interrupted
  bool redraws = false;                      // top: each in the place of the one before
};

// The command line was no request to a server: what to print, and the exit status.
struct ParseExit {
  int status = 0;
  std::string text;  // to stdout when status is 0, else to stderr
};

// Throws std::runtime_error when a file that it names cannot be read.
[[nodiscard]] std::variant<Options, ParseExit> parse_options(int argc, const char* const* argv);

}  // namespace lastbeat::cli
