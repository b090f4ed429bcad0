#include "bench/judge.hpp"

#include <algorithm>

namespace lastbeat::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = SentCommand::Kind;

constexpr Nanoseconds kSecond = seconds{1};
// By how much a command may count as newer than it was when a leave is near.
constexpr Nanoseconds kBump = kSecond;

// When something happened, as far as is known.
struct Interval {
  Nanoseconds earliest{0};
  Nanoseconds latest{0};
};

// When a command happened, if it was executed by `deadline`. That the server cuts its time to whole milliseconds before
// it subtracts an age changes nothing: the age is whole milliseconds, and the seconds are cut afterwards.
Interval when(const SentCommand& command, Nanoseconds deadline) {
  const Nanoseconds age = command.age.value_or(milliseconds{0});
  return {.earliest = command.send - age,
          .latest = std::min(command.ack, deadline - command.delay) + command.delay - age};
}

// What the server may hold about a user, and from when: both may be possible, neither means that it holds nothing.
struct Held {
  std::optional<Interval> heartbeat;
  std::optional<Interval> leave;
};

bool is_leave(const SentCommand& command) { return command.kind == Kind::kLeave; }

// After exactly these commands have been executed, all of them by `deadline`.
Held held_after(std::span<const SentCommand> executed, Nanoseconds deadline) {
  // Leaves are never aged, so the latest one outweighs everything before it.
  const auto last_leave = std::find_if(executed.rbegin(), executed.rend(), is_leave);
  Held held;
  // The leave may count for the next second: it covers what a heartbeat after another leave had borrowed. A heartbeat
  // that follows within the second cannot outweigh it then.
  bool may_be_ahead = false;
  if (last_leave != executed.rend()) {
    const auto leave_before = std::find_if(std::next(last_leave), executed.rend(), is_leave);
    may_be_ahead = leave_before != executed.rend() && last_leave->send - leave_before->ack < kSecond + kBump;
    held.leave = when(*last_leave, deadline);
    if (may_be_ahead) held.leave->latest += kBump;
  }
  std::optional<Nanoseconds> certain;  // the newest heartbeat that counts for certain is at least this new
  for (const SentCommand& command : std::span{last_leave.base(), executed.end()}) {
    const Interval happened = when(command, deadline);
    // After a leave a heartbeat with an age counts only if it happened in a later second.
    const bool counts = !held.leave || (command.age ? happened.earliest >= held.leave->latest + kSecond
                                                    : !may_be_ahead || happened.earliest >= held.leave->latest);
    if (!counts && happened.latest < held.leave->earliest - kSecond) continue;
    if (counts) certain = std::max(certain.value_or(happened.earliest), happened.earliest);
    if (!held.heartbeat) held.heartbeat = happened;
    held.heartbeat->earliest = std::min(held.heartbeat->earliest, happened.earliest);
    held.heartbeat->latest = std::max(held.heartbeat->latest, happened.latest);
  }
  if (held.leave && held.heartbeat) held.heartbeat->latest += kBump;
  if (certain) {
    held.heartbeat->earliest = *certain;
    held.leave.reset();
  }
  return held;
}

// The same, when also the lost commands, or some of them, have been executed at some moment up to `deadline`. What is
// certain about the others remains: a lost command can only add something newer.
Held with_lost(const Held& others, const History& history, Nanoseconds deadline) {
  Held held = others;
  const Nanoseconds latest = deadline + kBump;
  if (history.lost_leave_since() <= deadline) {
    Nanoseconds earliest = history.lost_leave_since();
    if (others.heartbeat) earliest = std::max(earliest, others.heartbeat->earliest);
    if (others.leave) earliest = others.leave->earliest;
    held.leave = {.earliest = earliest, .latest = latest};
    if (held.heartbeat) held.heartbeat->latest += kBump;
  }
  if (history.lost_heartbeat_since() <= deadline) {
    Nanoseconds earliest = history.lost_heartbeat_since();
    if (others.leave) earliest = std::max(earliest, others.leave->earliest);
    if (others.heartbeat) earliest = others.heartbeat->earliest;
    held.heartbeat = {.earliest = earliest, .latest = latest};
  }
  return held;
}

// Whether something that was dropped from the history could still show after `executed`: unless a command on arrival is
// so much newer that no second was shared.
bool may_show_dropped(const History& history, std::span<const SentCommand> executed) {
  if (history.dropped_until() == Nanoseconds{0}) return false;
  return std::none_of(executed.begin(), executed.end(), [&](const SentCommand& command) {
    return !command.age && command.send - kBump - kSecond > history.dropped_until();
  });
}

// Whether the age that was told fits: both ends are cut to whole seconds by an unknown phase.
bool fits(const ReceivedStatus& status, const Interval& held) {
  if (!status.has_age) return true;
  if (!status.age) return false;
  return *status.age > status.send - held.latest - kSecond && *status.age < status.reply - held.earliest + kSecond;
}

bool is_possible_with(const Held& held, const ReceivedStatus& status, seconds ttl) {
  const bool tells_nothing_held = !status.has_age || !status.age;
  switch (status.presence) {
    case Presence::kOnline:
      return held.heartbeat && status.send - held.heartbeat->latest < ttl + kSecond && fits(status, *held.heartbeat);
    case Presence::kLeft:
      return held.leave && fits(status, *held.leave);
    case Presence::kOffline: {
      if (!held.heartbeat && !held.leave) return tells_nothing_held;
      // Older than the ttl it may have been forgotten.
      const auto may_be_old = [&](const Interval& when) { return status.reply - when.earliest > ttl; };
      if (held.heartbeat && may_be_old(*held.heartbeat) && (tells_nothing_held || fits(status, *held.heartbeat)))
        return true;
      return held.leave && may_be_old(*held.leave) && tells_nothing_held;
    }
    case Presence::kUnknown:
    case Presence::kNoAnswer:
      break;
  }
  return true;
}

}  // namespace

void History::sent(const SentCommand& command) noexcept {
  if (size_ == kKept) {
    dropped_until_ = std::max(dropped_until_, commands_.front().ack);
    std::move(commands_.begin() + 1, commands_.end(), commands_.begin());
    --size_;
  }
  commands_[size_++] = command;
}

void History::acked(Nanoseconds now) noexcept {
  for (std::size_t i = size_; i > 0 && commands_[i - 1].ack == kNotYet; --i) commands_[i - 1].ack = now;
}

void History::lost() noexcept {
  while (size_ > 0 && commands_[size_ - 1U].ack == kNotYet) {
    const SentCommand& command = commands_[--size_];
    Nanoseconds& since = command.kind == Kind::kLeave ? lost_leave_since_ : lost_heartbeat_since_;
    since = std::min(since, command.send - command.age.value_or(milliseconds{0}));
  }
}

std::string History::to_text(Nanoseconds now) const {
  const auto ago = [&](Nanoseconds moment) {
    return std::to_string(std::chrono::duration_cast<milliseconds>(now - moment).count());
  };
  std::string text;
  for (const SentCommand& command : commands()) {
    text.append(command.kind == Kind::kLeave ? "leave" : "heartbeat").append(" sent ").append(ago(command.send));
    text.append(command.ack == kNotYet ? " not acked" : " acked " + ago(command.ack));
    if (command.age) text.append(" age ").append(std::to_string(command.age->count()));
    text.append("; ");
  }
  if (lost_leave_since_ != kNotYet) text.append("a leave was lost ").append(ago(lost_leave_since_)).append("; ");
  if (lost_heartbeat_since_ != kNotYet) {
    text.append("a heartbeat was lost ").append(ago(lost_heartbeat_since_)).append("; ");
  }
  return text.empty() ? "never heard of" : text + "(milliseconds before the reply)";
}

bool is_possible(const History& history, const ReceivedStatus& status, seconds ttl) noexcept {
  const auto commands = history.commands();
  const bool is_any_lost = std::min(history.lost_heartbeat_since(), history.lost_leave_since()) <= status.reply;
  // The server had executed all that was acked before the question, and perhaps any that was sent before the reply.
  const auto certain = std::count_if(commands.begin(), commands.end(),
                                     [&](const SentCommand& command) { return command.ack <= status.send; });
  const auto possible = std::count_if(commands.begin(), commands.end(),
                                      [&](const SentCommand& command) { return command.send <= status.reply; });
  if (may_show_dropped(history, commands.first(static_cast<std::size_t>(certain)))) return true;
  for (auto executed = certain; executed <= possible; ++executed) {
    const Held held = held_after(commands.first(static_cast<std::size_t>(executed)), status.reply);
    if (is_possible_with(held, status, ttl)) return true;
    if (is_any_lost && is_possible_with(with_lost(held, history, status.reply), status, ttl)) return true;
  }
  return false;
}

}  // namespace lastbeat::bench
