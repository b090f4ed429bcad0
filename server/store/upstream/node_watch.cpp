#include "upstream/node_watch.hpp"

namespace lastbeat {

std::vector<NodeNews> NodeWatch::look(std::span<const NodeInfo> nodes, Time now) {
  std::vector<NodeNews> news;
  for (const NodeInfo& node : nodes) {
    Told& told = told_[node.name];
    const bool is_lost = !node.server.ok();
    if (is_lost == told.is_lost || (is_lost && now < told.again)) continue;
    told.is_lost = is_lost;
    if (is_lost) told.again = now + kInterval;
    news.push_back({.node = node.name, .reason = is_lost ? node.server.error().message : ""});
  }
  return news;
}

}  // namespace lastbeat
