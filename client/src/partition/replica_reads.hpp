// One batch of questions about users who have copies on several nodes: whom to ask, round by round, and what it means.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lastbeat/answers.hpp"
#include "lastbeat/types.hpp"
#include "partition/batch_split.hpp"
#include "partition/node_lists.hpp"
#include "partition/replica_answer.hpp"

namespace lastbeat {

// Whom the users' heartbeats or leaves go to. Places are indices into `users`.
void split_told_of(const NodeLists& lists, std::span<const UserId> users, BatchSplit& split);

//   reads.begin(lists, users, false);
//   for (auto parts = reads.next(); !parts.empty(); parts = reads.next())
//     for (const auto& part : parts) ask part.node about part.users, then reads.hear(part, reply) or reads.miss(part)
//
// Most users are online and are asked about once; nobody is asked about more often than they have had nodes, unless
// these contradict each other: one says that the user left, another that they are online. Then they are asked once more
// with ages, and the younger news counts. Buffers are kept from batch to batch. Threads: one at a time.
class ReplicaReads {
 public:
  using Age = std::optional<std::chrono::seconds>;

  // Lists and users must stay as they are until the last round. `with_ages`: every round asks for them.
  void begin(const NodeLists& lists, std::span<const UserId> users, bool with_ages);
  // The next round: one part a node, all may be asked side by side; valid until the round after. Empty: all is known.
  // Requires that every part of the round before has been heard or missed.
  [[nodiscard]] std::span<const BatchSplit::Part> next();
  // Whether this round has to be answered with ages.
  [[nodiscard]] bool asks_ages() const noexcept { return asks_ages_; }

  // Require as many replies as the part has users; the first one !asks_ages(), the second one asks_ages().
  void hear(const BatchSplit::Part& part, std::span<const Presence> replies);
  void hear(const BatchSplit::Part& part, std::span<const UserStatus> replies);
  // The node cannot be asked.
  void miss(const BatchSplit::Part& part);

  // In the order of the users.
  [[nodiscard]] std::span<const ReplicaAnswer> answers() const noexcept { return answers_; }
  // Only if they were asked for from the beginning.
  [[nodiscard]] std::span<const Age> ages() const noexcept { return ages_; }

 private:
  [[nodiscard]] bool is_settled(std::uint32_t place) const noexcept;
  void begin_ages(std::vector<std::uint32_t> places);
  void take(std::uint32_t place, std::optional<Presence> said, Age age);

  const NodeLists* lists_ = nullptr;
  std::span<const UserId> users_;
  std::vector<ReplicaAnswer> answers_;
  std::vector<Age> ages_;
  std::vector<std::uint32_t> open_;  // places of the users who may have to be asked about
  std::vector<std::uint32_t> torn_;  // and of those about whom nodes contradict each other
  std::size_t round_ = 0;            // the next one
  bool asks_ages_ = false;
  bool asks_again_ = false;  // about those who were torn
  BatchSplit split_;
};

}  // namespace lastbeat
