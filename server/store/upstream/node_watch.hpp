// What is new about the nodes upstream, for the log.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lastbeat/answers.hpp"

namespace lastbeat {

struct NodeNews {
  std::string node;
  std::string reason;  // why it is lost; empty: it is back
};

// Tells that a node is lost, and that it is back, once each. One that comes and goes is told to be lost once in
// kInterval. Time is handed in. Threads: one.
class NodeWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{10};

  // The nodes as they are now. Of those that were never lost, answering is no news.
  [[nodiscard]] std::vector<NodeNews> look(std::span<const NodeInfo> nodes, Time now);

 private:
  struct Told {
    bool is_lost = false;
    Time again{};  // when it may be told to be lost
  };
  std::map<std::string, Told> told_;  // of the nodes of the list, which does not change
};

}  // namespace lastbeat
