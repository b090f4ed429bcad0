#include "bench/checked_users.hpp"

#include <ctime>

namespace lastbeat::bench {
namespace {

const char* name(Presence presence) {
  switch (presence) {
    case Presence::kOffline:
      return "offline";
    case Presence::kOnline:
      return "online";
    case Presence::kUnknown:
      return "unknown";
    case Presence::kNoAnswer:
      return "no answer";
    case Presence::kLeft:
      break;
  }
  return "left";
}

}  // namespace

Nanoseconds read_boot_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} + Nanoseconds{now.tv_nsec};
}

void CheckedUsers::sent(std::span<const std::uint32_t> indexes, SentCommand command) {
  command.delay = delay_;
  for (const std::uint32_t index : indexes) {
    const std::lock_guard lock{lock_of(index)};
    // Under the lock: whoever judges an answer that came later finds this command.
    command.send = read_boot_time();
    histories_[index].sent(command);
  }
}

void CheckedUsers::acked(std::span<const std::uint32_t> indexes) {
  const Nanoseconds now = read_boot_time();
  for (const std::uint32_t index : indexes) {
    const std::lock_guard lock{lock_of(index)};
    histories_[index].acked(now);
  }
}

void CheckedUsers::lost(std::span<const std::uint32_t> indexes) {
  for (const std::uint32_t index : indexes) {
    const std::lock_guard lock{lock_of(index)};
    histories_[index].lost();
  }
}

std::string CheckedUsers::judge(std::uint32_t index, const ReceivedStatus& status, std::chrono::seconds ttl) {
  History history;
  if (index < count_) {
    const std::lock_guard lock{lock_of(index)};
    history = histories_[index];
  }
  if (is_possible(history, status, ttl)) return {};
  std::string text = "user " + std::to_string(static_cast<std::uint64_t>(id(index))) + " was said to be ";
  text += name(status.presence);
  if (status.has_age) text += status.age ? " for " + std::to_string(status.age->count()) + " s" : " with nothing held";
  text += ", asked " +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(status.reply - status.send).count());
  return text + " ms before; " + history.to_text(status.reply);
}

}  // namespace lastbeat::bench
