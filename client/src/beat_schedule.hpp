// Whose heartbeat is due when. Knows no sockets and reads no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lastbeat/result.hpp"
#include "protocol/types.hpp"

namespace lastbeat {

// Users are spread over the slots of a wheel at random; a slot's users are one batch an interval. A batch that fails is
// due again soon, and at most kMostBatches are out at once, so that a server that is away is not waited for by a crowd.
//
// Threads: one at a time.
class BeatSchedule {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  using Duration = std::chrono::milliseconds;
  static constexpr std::size_t kSlots = 64;
  static constexpr std::size_t kMostBatches = 8;

  struct Batch {
    enum class Kind : std::uint8_t { kHeartbeat, kLeave };
    Kind kind{};
    std::optional<std::size_t> slot;  // empty: users who are new, or leave
    std::vector<UserId> users;
    std::optional<Duration> age;  // kLeave: since the users left, from a second on
    Time left_at{};               // kLeave: when the last of them did
  };

  // Requires interval > 0 and ttl > 0. The seed decides the phases.
  BeatSchedule(std::size_t most_users, Duration interval, Duration ttl, std::uint64_t seed, Time now);

  // New users are due at once. False: there is no room.
  [[nodiscard]] bool add(UserId user, Time now);
  void remove(UserId user, bool leave, Time now);
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

  // What the server says now; counts from each slot's next batch on.
  void set_times(Duration interval, Duration ttl) noexcept;
  [[nodiscard]] Duration interval() const noexcept { return interval_; }

  // The next batch that is due, if there is room for one. It is out until it is handed to finish().
  [[nodiscard]] std::optional<Batch> take(Time now);
  void finish(Batch batch, bool is_done, Time now);
  // When to ask take() again; a time that has passed when a batch is due. While all batches are out: no time.
  [[nodiscard]] std::optional<Time> next_due() const;

 private:
  struct Place {
    std::uint32_t slot = 0;
    std::uint32_t index = 0;
  };
  struct Slot {
    std::vector<UserId> users;
    Time due;
    bool is_out = false;
  };

  // What is due, empty if its users are gone.
  [[nodiscard]] std::optional<Batch> next(Time now);
  [[nodiscard]] Batch take_leaves(Batch batch, Time now);
  void forget_stale_fresh();
  [[nodiscard]] Duration until_next() noexcept;
  [[nodiscard]] Duration until_retry() noexcept;
  [[nodiscard]] std::uint64_t random_below(std::uint64_t bound) noexcept;
  // The slot that is due first of those that are not out and have users; kSlots: none.
  [[nodiscard]] std::size_t first_due() const noexcept;

  const std::size_t most_users_;
  Duration interval_;
  Duration ttl_;
  std::uint64_t random_;
  std::unordered_map<UserId, Place> places_;
  std::array<Slot, kSlots> slots_;
  std::vector<UserId> fresh_;  // have not been told of yet
  Time fresh_due_;
  std::vector<UserId> leaving_;  // have left since the last batch of leaves
  std::size_t leaves_ = 0;       // those, and those in batches
  Time leaving_since_{};         // the first of them
  Time left_at_{};               // the last of them
  std::vector<Batch> again_;     // leaves that failed, or have to wait
  Time again_due_;
  std::size_t out_ = 0;
};

}  // namespace lastbeat
