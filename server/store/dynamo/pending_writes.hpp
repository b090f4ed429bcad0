// Heartbeats and leaves on their way to the table: one stamp a user.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dynamo/job.hpp"
#include "dynamo/unix_stamp.hpp"
#include "table/id_mixer.hpp"

namespace lastbeat::dynamo {

// Whatever comes about a user while another write about them waits or is under way is written with the next one, so no
// two writes of a user are ever under way at once. Writes that somebody waits for go before those that were taken
// while the table was away, but for each fourth. Reads no clock. Threads: one. Memory: about 150 bytes a user.
class PendingWrites {
 public:
  using Waiters = std::vector<std::shared_ptr<Job>>;  // as often as a job has a command about the user

  explicit PendingWrites(std::size_t most_users) : most_users_{most_users} {}

  // False: as many users wait as may, and this is another one. `waiter`: null when nobody waits for this write.
  [[nodiscard]] bool take(const UserStamp& write, bool has_age, std::shared_ptr<Job> waiter);
  // What is known here about a user, and not yet in the table for all that is known.
  struct Held {
    UnixStamp stamp{};           // none: nothing
    bool came_with_age = false;  // so that the table may have something newer
  };
  [[nodiscard]] Held held(UserId user) const;

  // What is to be written now, and counts as under way from now on; nullopt: nothing waits.
  [[nodiscard]] std::optional<UserStamp> next();
  // It is in the table, or something newer is: who waited for it.
  [[nodiscard]] Waiters written(UserId user);
  // It may not be: the user waits again, but nobody for them; who waited.
  [[nodiscard]] Waiters unwritten(UserId user);
  // The user's write, which is under way, is not wanted any more; who waited.
  [[nodiscard]] Waiters drop(UserId user);
  // Nobody waits for a write that is not under way; who did. Ends at the first whom nobody has waited for since before
  // `began`.
  [[nodiscard]] Waiters release(Job::Time began = Job::Time::max());

  [[nodiscard]] bool has_waiting() const noexcept { return !awaited_.empty() || !kept_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return users_.size(); }

 private:
  using Queue = std::list<UserId>;
  struct Waiting {
    Waiters for_flight;
    Waiters for_newest;
  };
  struct User {
    UnixStamp newest;
    UnixStamp flight;                  // none: nothing is under way
    std::unique_ptr<Waiting> waiting;  // null: nobody
    Queue::iterator place;             // in a queue, unless something is under way
    bool came_with_age = false;
    bool is_awaited = false;  // which queue
  };
  struct Hash {
    IdMixer mixer;  // ids come from outside
    std::size_t operator()(UserId user) const noexcept { return mixer.mix(user); }
  };
  using Users = std::unordered_map<UserId, User, Hash>;

  void wait(User& user, std::shared_ptr<Job> waiter);
  void enqueue(UserId id, User& user, bool is_awaited);
  static Waiters waiters_of(User& user, Waiters Waiting::*which);
  static Waiters all_waiters_of(User& user);

  const std::size_t most_users_;
  Users users_;
  Queue awaited_;
  Queue kept_;
  unsigned turn_ = 0;
};

}  // namespace lastbeat::dynamo
