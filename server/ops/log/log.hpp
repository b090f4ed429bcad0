// The log: one line an event that is worth an operator's time, to standard error, as text or as JSON.
//
// Secrets, user ids and paths of requests do not belong into it. What may repeat goes through a RateLimit.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string_view>
#include <variant>

namespace lastbeat::log {

enum class Format : std::uint8_t { kText, kJson };
enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// "info" and the like, as --log-level has them.
[[nodiscard]] std::string_view name_of(Level level) noexcept;

// Before there are threads that log. Until then lines of level info and above are written as text. `to`: instead of
// standard error; outlives the log.
void set_up(Format format, Level level, std::ostream* to = nullptr);
// Any thread.
void set_level(Level level);

// A value of an event for programs: a member of its line in JSON. A line of text has its message alone, which
// therefore says it too.
struct Field {
  std::string_view name;
  std::variant<std::string_view, std::uint64_t> value;
};
using Fields = std::initializer_list<Field>;

// One line. Bytes that are no UTF-8 are replaced, so that a line of JSON is always valid. Never throws: a line that
// cannot be written is lost. Costs nothing but a load when the level is off; else some microseconds and a system call.
// Threads: any.
void write(Level level, std::string_view message, Fields fields = {}) noexcept;

inline void info(std::string_view message, Fields fields = {}) noexcept { write(Level::kInfo, message, fields); }
inline void warn(std::string_view message, Fields fields = {}) noexcept { write(Level::kWarn, message, fields); }
inline void error(std::string_view message, Fields fields = {}) noexcept { write(Level::kError, message, fields); }

}  // namespace lastbeat::log
