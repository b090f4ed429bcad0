// What the API says about users, as JSON.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/reply_writer.hpp"
#include "ops/history.hpp"
#include "table/command.hpp"

namespace lastbeat::http {

// The Unix second in which the server's present second began. Ages count in the server's seconds, which begin with
// those of the boot clock, so this is what makes last_hb come out the same however often it is asked for.
[[nodiscard]] std::int64_t unix_second_now() noexcept;

// {"user_id":"42","status":"online","last_hb":1732413000,"age_seconds":3}
void write_status(ReplyWriter& writer, UserId user, const Answer& answer, std::int64_t unix_now);

// {"accepted":2,"refused":0}
struct WriteCounts {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
};
[[nodiscard]] WriteCounts count_writes(std::span<const Answer> answers) noexcept;

// Lines of "name value\n" as one JSON object.
void write_stats(ReplyWriter& writer, std::string_view lines);

// A list for every kind of number, oldest sample first: {"age_ms":[10000,0],"online":[7,8],...}. `now` is of the boot
// clock.
void write_history(ReplyWriter& writer, std::span<const History::Sample> samples, std::chrono::nanoseconds now);

}  // namespace lastbeat::http
