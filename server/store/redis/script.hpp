// What Redis executes for Lastbeat: one script that knows the rules of presence. docs/stores.md explains it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/types.hpp"
#include "table/command.hpp"
#include "table/rules.hpp"

namespace lastbeat::redis {

// EVALSHA <script> <users> <key>... <ttl> <retain> <command>...
//
// A command is H, a heartbeat, L, a leave, or S, a status; behind H or L stands its age in milliseconds, or nothing for
// one that happens now, after everything before. The reply has a whole number for every command.
extern const std::string_view kScript;

// What the script replies with, besides 2 * age + left for the status of a user who is known.
namespace script_reply {
inline constexpr std::int64_t kDone = 0;
inline constexpr std::int64_t kTooOld = 1;
inline constexpr std::int64_t kNothingKnown = -1;  // of a status
inline constexpr std::int64_t kForeign = -2;       // the key holds something else than a stamp
inline constexpr std::int64_t kFull = -3;          // of a heartbeat or leave: Redis has no memory for it
}  // namespace script_reply

struct ScriptCall {
  std::string_view prefix;  // of keys
  std::string_view ttl;
  std::string_view retain;
  std::span<const Command> commands;
  std::chrono::milliseconds now;  // of the clock whose seconds the commands name
};
// EVALSHA with all commands.
void append_call(Buffer& out, std::string_view script_hash, const ScriptCall& call);

// `in_doubt`: whoever is not known to be online or to have left may be online.
[[nodiscard]] Answer answer_of(CommandKind kind, std::int64_t number, const Rules& rules, bool in_doubt) noexcept;

}  // namespace lastbeat::redis
