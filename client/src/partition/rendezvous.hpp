// Which nodes of a list a user belongs to: weighted rendezvous hashing in integers. docs/partitioning.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"

namespace lastbeat {

struct Node {
  std::string name;          // decides, together with the weight, who belongs here
  std::uint32_t weight = 1;  // its share of the users is this, divided by the sum of all
  friend bool operator==(const Node&, const Node&) = default;
};

// Every node has a score for a user that depends on nothing but the two; the user belongs to the node with the best
// one. So a node that comes takes users from all others and moves nobody else, and one that goes leaves its own to all.
//
// Threads: immutable after construction. Calls allocate nothing.
class Rendezvous {
 public:
  using NodeIndex = std::uint32_t;  // into the list that it was made of
  static constexpr std::size_t kMostNodes = 1024;

  struct BestTwo {
    NodeIndex first;
    NodeIndex second;  // equal to `first` where there is only one node
  };

  // kInvalidArgument: no node or too many, a name that is empty or there twice, a weight of zero. The order of the
  // nodes does not matter.
  static Result<Rendezvous> make(std::span<const Node> nodes);

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  // Two multiplications a node, and logarithms by a small table for the few that compete where weights differ.
  [[nodiscard]] NodeIndex best(UserId user) const noexcept;
  [[nodiscard]] BestTwo best_two(UserId user) const noexcept;

 private:
  struct Place {
    std::uint64_t key;
    std::uint32_t weight;
    NodeIndex index;
  };
  struct Candidate;

  Rendezvous() = default;

  std::vector<Place> places_;  // the heaviest first: a lighter node needs a larger hash to be better
};

}  // namespace lastbeat
