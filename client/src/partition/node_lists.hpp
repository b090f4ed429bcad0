// The list of nodes, and those that it replaced less than a ttl ago: who is told of a user, and who is asked.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"
#include "partition/rendezvous.hpp"

namespace lastbeat {

enum class Replicas : std::uint8_t { kOne = 1, kTwo = 2 };

// A node keeps its number for as long as a list has it, so that connections can be kept by number.
//
// A value: who needs the same lists for a while keeps a copy. Threads: const calls from any, others from one.
class NodeLists {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::milliseconds;
  static constexpr std::size_t kMostEarlier = 3;

  // Nodes of one user, the best first, none twice.
  class Homes {
   public:
    [[nodiscard]] const std::uint32_t* begin() const noexcept { return nodes_.data(); }
    [[nodiscard]] const std::uint32_t* end() const noexcept { return nodes_.data() + size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t operator[](std::size_t i) const noexcept { return nodes_[i]; }

   private:
    friend class NodeLists;
    void add(std::uint32_t node) noexcept;
    std::array<std::uint32_t, 2 * (1 + kMostEarlier)> nodes_{};
    std::size_t size_ = 0;
  };

  // kInvalidArgument as Rendezvous::make().
  static Result<NodeLists> make(std::span<const Node> nodes, Replicas replicas);

  // Replaces the list. The one that was stays among the earlier ones until now + ttl: by then everybody who is alive
  // has been heard of by the new nodes. A list of the same nodes with the same weights changes nothing. kBusy: the list
  // has been replaced kMostEarlier times within a ttl; try again later. After an error the list is what it was.
  Result<void> change(std::span<const Node> nodes, Time now, Duration ttl);
  // Drops the earlier lists whose time is over.
  void forget(Time now);

  // Numbers of nodes are below this.
  [[nodiscard]] std::size_t numbers() const noexcept { return names_.size(); }
  // Empty where no list has a node of that number.
  [[nodiscard]] const std::string& name_of(std::uint32_t node) const noexcept { return names_[node]; }
  // Those of the list.
  [[nodiscard]] std::span<const std::uint32_t> current() const noexcept { return current_.numbers; }
  [[nodiscard]] bool has_earlier() const noexcept { return !earlier_.empty(); }

  // How many nodes have a user: as many as there are replicas, or nodes.
  [[nodiscard]] std::size_t copies() const noexcept;
  // Whom to tell: that many of the list, the best first.
  [[nodiscard]] Homes told_of(UserId user) const noexcept;
  // Whom to ask: those, and then the best ones of the earlier lists, the latest list first.
  [[nodiscard]] Homes asked_about(UserId user) const noexcept;

 private:
  struct List {
    std::vector<Node> nodes;  // in order of their names
    Rendezvous rendezvous;
    std::vector<std::uint32_t> numbers;  // of nodes[i]
    Time until{};                        // earlier ones: when to drop it
  };

  NodeLists(List list, Replicas replicas);
  static Result<List> make_list(std::span<const Node> nodes);
  void number(List& list);
  void free_numbers();
  void add_best(const List& list, UserId user, Homes& homes) const noexcept;

  Replicas replicas_;
  List current_;
  std::vector<List> earlier_;  // the latest first
  std::vector<std::string> names_;
};

}  // namespace lastbeat
