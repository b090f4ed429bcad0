// What stands between heartbeats that come often and a store that is far: one of each user in a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "table/command.hpp"
#include "table/id_mixer.hpp"
#include "table/rules.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

// A user's first heartbeat, a leave, and the first heartbeat after a leave go to the store at once. Every other
// heartbeat is held back until the user's window ends; then the latest one goes, with its age. None is lost: what the
// store could not be told waits for the next window, until it is a ttl old. Whatever is taken here and not yet
// confirmed by the store can be asked for, so that it counts at once.
//
// A store's writes are maxima, so it may hear of something twice; commands of one user reach it in order if what
// take_due() returns is sent in order.
//
// Time is that of the server's clock, in milliseconds: its seconds are those of the commands. It is handed in.
// Threads: one at a time. Memory: about 100 bytes a user.
class Coalescer {
 public:
  using Time = std::chrono::milliseconds;
  struct Config {
    Rules rules;
    std::chrono::milliseconds window{1000};
    std::size_t most_users = 4'000'000;  // whose window is open, or who wait
  };
  // One user's heartbeat or leave for the store.
  struct Outgoing {
    UserId user{};
    CommandKind kind = CommandKind::kHeartbeat;
    std::optional<std::chrono::milliseconds> age{};  // nullopt: it happens now
    Stamp stamp;                                     // for confirm() and fail()
  };
  // Those of one kind and age.
  struct Parcel {
    CommandKind kind = CommandKind::kHeartbeat;
    std::optional<std::chrono::milliseconds> age{};  // nullopt: they happen now
    std::vector<UserId> users{};
    std::vector<Stamp> stamps{};  // of each user, for confirm() and fail()
  };
  struct Figures {
    std::uint64_t waiting = 0;    // users
    std::uint64_t coalesced = 0;  // heartbeats in whose place another one goes
    std::uint64_t dropped = 0;    // a ttl old before the store could be told
    std::uint64_t overflows = 0;  // refused by take()
  };
  // Commands in one parcel differ in age by less than this; they are told the least of it.
  static constexpr std::chrono::milliseconds kAgeStep{100};

  explicit Coalescer(const Config& config) : config_{config} {}

  // A heartbeat or leave. kRefused: as many users as may are held, and this is another one.
  [[nodiscard]] Outcome take(const Command& command, Time now);
  // What has been taken and is not known to the store; none if there is no such thing.
  [[nodiscard]] Stamp held(UserId user) const;

  // Something has to go at once.
  [[nodiscard]] bool is_urgent() const noexcept { return !urgent_.empty(); }
  // The next of those: what has been taken last, if it was taken out after every take().
  [[nodiscard]] std::optional<Outgoing> take_urgent(Time now);
  // What is to be sent now, and those: about `most` users. Call again until it returns nothing.
  [[nodiscard]] std::vector<Parcel> take_due(Time now, std::size_t most);
  // Everybody who waits, whether or not their window has ended: before the end of the program.
  [[nodiscard]] std::vector<Parcel> take_all(Time now);
  // What became of one user of a parcel. After fail() the user waits again, unless there is something newer.
  void confirm(UserId user);
  void fail(UserId user, Stamp stamp);

  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }
  [[nodiscard]] std::size_t size() const noexcept { return users_.size(); }

 private:
  struct User {
    Stamp stamp;              // the newest
    Time happened{};          // that
    std::uint32_t flights{};  // parcels on their way
    bool is_waiting = false;
    bool is_urgent = false;  // is in urgent_
    bool is_now = false;     // goes without an age
  };
  struct Due {
    Time at{};
    UserId user{};
  };
  struct Hash {
    IdMixer mixer;  // ids come from outside
    std::size_t operator()(UserId user) const noexcept { return mixer.mix(user); }
  };
  class Packing;

  void wait(User& user) noexcept;
  void make_urgent(UserId id, User& user);
  [[nodiscard]] static bool is_done(const User& user, Time now) noexcept;
  // Nothing: it is too old to be sent.
  [[nodiscard]] std::optional<Outgoing> send(UserId id, User& user, Time now);

  const Config config_;
  std::unordered_map<UserId, User, Hash> users_;
  std::deque<Due> windows_;  // every user once, by the end of their window
  std::deque<UserId> urgent_;
  Figures figures_;
};

}  // namespace lastbeat
