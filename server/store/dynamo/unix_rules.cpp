#include "dynamo/unix_rules.hpp"

#include <algorithm>

namespace lastbeat::dynamo {
namespace {

constexpr UnixTime kMillisecond{1};

std::int64_t second_of(UnixTime time) noexcept { return std::chrono::floor<std::chrono::seconds>(time).count(); }

// A stamp of a clock that is ahead has age 0.
std::int64_t age_of(UnixStamp stamp, UnixTime now) noexcept {
  return std::max<std::int64_t>(second_of(now) - second_of(stamp.time()), 0);
}

UnixTime age_of(const Command& command, std::chrono::milliseconds server_time) noexcept {
  const auto happened = std::chrono::seconds{command.second} + std::chrono::milliseconds{command.millisecond};
  return std::max(server_time - happened, UnixTime{0});
}

}  // namespace

std::optional<UnixStamp> stamp_of(const Command& command, UnixStamp held, Now now, const Rules& rules) noexcept {
  const bool is_leave = command.kind == CommandKind::kLeave;
  UnixTime time = now.unix_time;
  if (command.second != Command::kOnArrival) {
    time -= age_of(command, now.server_time);
  } else if (!held.is_none() && held.time() >= time) {
    // It comes after what is held. A millisecond more is borrowed at most, lest time runs ahead.
    if (is_leave) {
      time = held.time();
    } else if (held.is_left()) {
      time = std::min(held.time() + kMillisecond, time + kMillisecond);
    }
  }
  const UnixStamp stamp = is_leave ? UnixStamp::leave(time) : UnixStamp::heartbeat(time);
  if (is_too_old(stamp, now.unix_time, rules)) return std::nullopt;
  return stamp;
}

Answer answer_of(UnixStamp stamp, UnixTime now, const Rules& rules, bool in_doubt) noexcept {
  Answer answer;
  answer.presence = in_doubt ? Presence::kUnknown : Presence::kOffline;
  // DynamoDB deletes days late.
  if (stamp.is_none() || age_of(stamp, now) > rules.retain) return answer;
  answer.age_s = static_cast<std::uint32_t>(age_of(stamp, now));
  if (stamp.is_left()) {
    // In doubt they may have come back since, through another server.
    answer.presence = in_doubt ? Presence::kUnknown : Presence::kLeft;
  } else if (!is_too_old(stamp, now, rules)) {
    answer.presence = Presence::kOnline;
  }
  return answer;
}

bool is_too_old(UnixStamp stamp, UnixTime now, const Rules& rules) noexcept { return age_of(stamp, now) > rules.ttl; }

std::int64_t expiry_of(UnixStamp stamp, const Rules& rules) noexcept {
  return second_of(stamp.time()) + std::int64_t{rules.retain} + 1;
}

}  // namespace lastbeat::dynamo
