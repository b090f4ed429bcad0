// Decides whether a server's answer can be right, knowing only when commands and questions were sent and answered.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "protocol/types.hpp"

namespace lastbeat::bench {

// A moment of the checker's own clock (CLOCK_BOOTTIME); an age or a ttl.
using Nanoseconds = std::chrono::nanoseconds;
inline constexpr Nanoseconds kNotYet = Nanoseconds::max();

// A command took effect at some moment of [send, ack], or, while ack is kNotYet, perhaps not yet at all.
struct SentCommand {
  enum class Kind : std::uint8_t { kHeartbeat, kLeave };
  Kind kind = Kind::kHeartbeat;
  Nanoseconds send{0};
  Nanoseconds ack = kNotYet;
  std::optional<std::chrono::milliseconds> age;  // heartbeats only: happened that much earlier
  Nanoseconds delay{0};                          // may count as that much newer: it is passed on to whoever answers
};

// The latest commands of one user, in the order they were sent and executed: all over one connection at a time.
// Older ones are dropped; answers in which those could still matter are not judged.
class History {
 public:
  static constexpr std::size_t kKept = 8;

  void sent(const SentCommand& command) noexcept;
  // All commands that were in flight have been executed.
  void acked(Nanoseconds now) noexcept;
  // The replies to all commands in flight will never come: each may take effect at any moment from its send on, however
  // late and in any order, or never.
  void lost() noexcept;

  [[nodiscard]] std::span<const SentCommand> commands() const noexcept { return {commands_.data(), size_}; }
  // The ack of the latest command that was dropped; 0: none was.
  [[nodiscard]] Nanoseconds dropped_until() const noexcept { return dropped_until_; }
  // Since when a lost heartbeat, or leave, may have happened; kNotYet: none was lost.
  [[nodiscard]] Nanoseconds lost_heartbeat_since() const noexcept { return lost_heartbeat_since_; }
  [[nodiscard]] Nanoseconds lost_leave_since() const noexcept { return lost_leave_since_; }
  // One line for people: times in milliseconds before `now`.
  [[nodiscard]] std::string to_text(Nanoseconds now) const;

 private:
  std::array<SentCommand, kKept> commands_;
  std::uint8_t size_ = 0;
  Nanoseconds dropped_until_{0};
  Nanoseconds lost_heartbeat_since_ = kNotYet;
  Nanoseconds lost_leave_since_ = kNotYet;
};

// An answer to a question asked at `send` and answered at `reply`.
struct ReceivedStatus {
  Nanoseconds send{0};
  Nanoseconds reply{0};
  Presence presence = Presence::kOffline;
  bool has_age = false;                     // a detailed answer
  std::optional<std::chrono::seconds> age;  // of a detailed answer; empty: the server says that it holds nothing
};

// An answer is wrong only if no moment of its interval, with every command placed anywhere in its own, allows it. The
// server counts in whole seconds whose beginnings the checker does not know, so anything goes while a heartbeat is
// between one ttl and one ttl and a second old. Unknown is never wrong: the server may have been stopped. `history`
// must hold every command that was sent before `status.reply`. A server may count a heartbeat in the second of a leave
// as a second newer (docs/architecture.md), and a leave right after that as well.
[[nodiscard]] bool is_possible(const History& history, const ReceivedStatus& status, std::chrono::seconds ttl) noexcept;

}  // namespace lastbeat::bench
