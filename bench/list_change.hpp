// Another list of nodes, for all threads of a check at the same moment.
#pragma once

#include <barrier>
#include <cstddef>
#include <utility>
#include <vector>

#include "bench/judge.hpp"
#include "lastbeat/options.hpp"

namespace lastbeat::bench {

// Threads: each of them waits for the change once, or leaves.
class ListChange {
 public:
  ListChange(Nanoseconds when, std::vector<ClientNode> nodes, std::size_t threads)
      : when_{when}, nodes_{std::move(nodes)}, threads_{static_cast<std::ptrdiff_t>(threads)} {}

  [[nodiscard]] bool is_due(Nanoseconds now) const noexcept { return now >= when_; }
  // Returns when no thread has a call with the list of before under way, so that nobody is told of in a new place while
  // somebody else looks for them in the old one only.
  [[nodiscard]] const std::vector<ClientNode>& wait() {
    threads_.arrive_and_wait();
    return nodes_;
  }
  // The thread makes no more calls.
  void leave() { threads_.arrive_and_drop(); }

 private:
  const Nanoseconds when_;
  const std::vector<ClientNode> nodes_;
  std::barrier<> threads_;
};

}  // namespace lastbeat::bench
