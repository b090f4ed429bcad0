// A batch of users, cut into one batch a node; replies go back to where the caller has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lastbeat/types.hpp"

namespace lastbeat {

// Buffers are kept from batch to batch: nothing is allocated once they have grown. Threads: one at a time.
class BatchSplit {
 public:
  // What one node is to be told or asked, in the order in which it was added.
  struct Part {
    std::uint32_t node = 0;
    std::span<const UserId> users;
    std::span<const std::uint32_t> places;  // users[i] was added with places[i]
  };

  // Forgets everything. Nodes are numbers below `nodes`.
  void begin(std::size_t nodes);
  // A user may be added many times, for several nodes or for one. Requires node < nodes.
  void add(std::uint32_t place, UserId user, std::uint32_t node);
  // The nodes that have users, in order of their numbers; valid until begin(). O(users + nodes). Requires fewer than
  // 2^32 additions.
  [[nodiscard]] std::span<const Part> cut();

 private:
  struct Addition {
    UserId user;
    std::uint32_t place;
    std::uint32_t node;
  };
  std::vector<Addition> additions_;
  std::vector<std::uint32_t> counts_;  // of each node's users; cut() makes begins of them
  std::vector<UserId> users_;
  std::vector<std::uint32_t> places_;
  std::vector<Part> parts_;
};

// Each reply to the place of its user. Requires as many replies as the part has users, and places within `into`.
template <class T>
void put_back(const BatchSplit::Part& part, std::span<const T> replies, std::span<T> into) {
  for (std::size_t i = 0; i < replies.size(); ++i) into[part.places[i]] = replies[i];
}

}  // namespace lastbeat
