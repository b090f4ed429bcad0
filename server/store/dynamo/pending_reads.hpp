// Questions about users that wait for their turn.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dynamo/job.hpp"
#include "dynamo/pending_writes.hpp"
#include "table/id_mixer.hpp"

namespace lastbeat::dynamo {

// Whoever asks about a user who is in the queue already gets the same answer: a read that has begun is not joined,
// since it may be older than what the asker knows. Threads: one.
class PendingReads {
 public:
  struct Asker {
    std::shared_ptr<Job> job{};
    std::size_t index = 0;       // of the command
    PendingWrites::Held held{};  // when it asked
  };
  struct Read {
    UserId user{};
    std::vector<Asker> askers{};
  };

  explicit PendingReads(std::size_t most_askers) : most_askers_{most_askers} {}

  // False: as many wait as may.
  [[nodiscard]] bool add(UserId user, Asker asker);
  // What is to be read now: distinct users, `most` at most.
  [[nodiscard]] std::vector<Read> next(std::size_t most);
  // Those from the front whom somebody has waited for since before `began`.
  [[nodiscard]] std::vector<Read> late(Job::Time began);
  [[nodiscard]] bool empty() const noexcept { return order_.empty(); }

 private:
  struct Hash {
    IdMixer mixer;  // ids come from outside
    std::size_t operator()(UserId user) const noexcept { return mixer.mix(user); }
  };

  [[nodiscard]] Read pop();

  const std::size_t most_askers_;
  std::size_t askers_ = 0;
  std::unordered_map<UserId, std::vector<Asker>, Hash> users_;
  std::deque<UserId> order_;
};

}  // namespace lastbeat::dynamo
