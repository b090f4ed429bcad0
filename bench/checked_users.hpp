// The users of a check: what has been sent about each of them, and which of their answers were wrong.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "bench/judge.hpp"

namespace lastbeat::bench {

// CLOCK_BOOTTIME, which goes on while the machine is suspended, as the server's does.
[[nodiscard]] Nanoseconds read_boot_time() noexcept;

// Threads: any. A user is an index from 0 on; those from `count` on are never sent and must never be online.
class CheckedUsers {
 public:
  // `salt` becomes the upper half of all ids, so that no two checks, and no load with small ids, meet. `delay`: see
  // SentCommand.
  CheckedUsers(std::uint32_t count, std::uint32_t salt, Nanoseconds delay = Nanoseconds{0})
      : count_{count}, salt_{salt}, delay_{delay}, histories_(count) {}

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] UserId id(std::uint32_t index) const noexcept { return UserId{std::uint64_t{salt_} << 32U | index}; }

  // Call before sending, and after the reply.
  void sent(std::span<const std::uint32_t> indexes, SentCommand command);
  void acked(std::span<const std::uint32_t> indexes);
  void lost(std::span<const std::uint32_t> indexes);

  // Judges one answer. Empty when it is possible, else what is wrong with it, for people.
  [[nodiscard]] std::string judge(std::uint32_t index, const ReceivedStatus& status, std::chrono::seconds ttl);

 private:
  static constexpr std::size_t kLocks = 256;
  [[nodiscard]] std::mutex& lock_of(std::uint32_t index) noexcept { return locks_[index % kLocks]; }

  const std::uint32_t count_;
  const std::uint32_t salt_;
  const Nanoseconds delay_;
  std::vector<History> histories_;
  std::array<std::mutex, kLocks> locks_;
};

}  // namespace lastbeat::bench
