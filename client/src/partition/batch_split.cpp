#include "partition/batch_split.hpp"

#include <algorithm>
#include <numeric>

namespace lastbeat {

void BatchSplit::begin(std::size_t nodes) {
  additions_.clear();
  parts_.clear();
  counts_.assign(nodes, 0);
}

void BatchSplit::add(std::uint32_t place, UserId user, std::uint32_t node) {
  additions_.push_back({user, place, node});
  ++counts_[node];
}

std::span<const BatchSplit::Part> BatchSplit::cut() {
  // A counting sort. Ends come first; filling them from the back, so that a node's users keep their order, leaves
  // begins.
  std::vector<std::uint32_t>& bounds = counts_;
  std::partial_sum(bounds.begin(), bounds.end(), bounds.begin());
  users_.resize(additions_.size());
  places_.resize(additions_.size());
  std::for_each(additions_.rbegin(), additions_.rend(), [&](const Addition& addition) {
    const std::uint32_t at = --bounds[addition.node];
    users_[at] = addition.user;
    places_[at] = addition.place;
  });
  for (std::uint32_t node = 0; node < bounds.size(); ++node) {
    const std::size_t begin = bounds[node];
    const std::size_t end = node + 1 < bounds.size() ? bounds[node + 1] : additions_.size();
    if (begin == end) continue;
    parts_.push_back(
        {node, std::span{users_}.subspan(begin, end - begin), std::span{places_}.subspan(begin, end - begin)});
  }
  return parts_;
}

}  // namespace lastbeat
