#include "partition/node_lists.hpp"

#include <algorithm>
#include <utility>

namespace lastbeat {

void NodeLists::Homes::add(std::uint32_t node) noexcept {
  if (std::find(begin(), end(), node) == end()) nodes_[size_++] = node;
}

Result<NodeLists> NodeLists::make(std::span<const Node> nodes, Replicas replicas) {
  auto list = make_list(nodes);
  if (!list) return list.error();
  return NodeLists{std::move(list).value(), replicas};
}

NodeLists::NodeLists(List list, Replicas replicas) : replicas_{replicas}, current_{std::move(list)} {
  number(current_);
}

Result<NodeLists::List> NodeLists::make_list(std::span<const Node> nodes) {
  std::vector<Node> sorted{nodes.begin(), nodes.end()};
  std::sort(sorted.begin(), sorted.end(), [](const Node& a, const Node& b) { return a.name < b.name; });
  auto rendezvous = Rendezvous::make(sorted);
  if (!rendezvous) return rendezvous.error();
  return List{.nodes = std::move(sorted), .rendezvous = std::move(rendezvous).value(), .numbers = {}};
}

Result<void> NodeLists::change(std::span<const Node> nodes, Time now, Duration ttl) {
  auto made = make_list(nodes);
  if (!made) return made.error();
  List list = std::move(made).value();
  forget(now);
  if (list.nodes == current_.nodes) return {};
  if (earlier_.size() == kMostEarlier) {
    return Error{.kind = ErrorKind::kBusy,
                 .message = "the list of nodes has changed " + std::to_string(kMostEarlier) +
                            " times within a ttl; the users of more lists cannot be followed"};
  }
  number(list);
  current_.until = now + ttl;
  earlier_.insert(earlier_.begin(), std::exchange(current_, std::move(list)));
  return {};
}

void NodeLists::forget(Time now) {
  const auto is_over = [now](const List& list) { return list.until < now; };
  if (std::erase_if(earlier_, is_over) != 0) free_numbers();
}

void NodeLists::number(List& list) {
  for (const Node& node : list.nodes) {
    auto at = std::find(names_.begin(), names_.end(), node.name);
    if (at == names_.end()) at = std::find(names_.begin(), names_.end(), std::string{});
    if (at == names_.end()) at = names_.emplace(at);
    *at = node.name;
    list.numbers.push_back(static_cast<std::uint32_t>(at - names_.begin()));
  }
}

void NodeLists::free_numbers() {
  const auto has = [](const List& list, const std::string& name) {
    return std::any_of(list.nodes.begin(), list.nodes.end(), [&](const Node& node) { return node.name == name; });
  };
  for (std::string& name : names_) {
    const auto has_it = [&](const List& list) { return has(list, name); };
    if (!has_it(current_) && std::none_of(earlier_.begin(), earlier_.end(), has_it)) name.clear();
  }
}

std::size_t NodeLists::copies() const noexcept {
  return std::min(static_cast<std::size_t>(replicas_), current_.nodes.size());
}

NodeLists::Homes NodeLists::told_of(UserId user) const noexcept {
  Homes homes;
  add_best(current_, user, homes);
  return homes;
}

NodeLists::Homes NodeLists::asked_about(UserId user) const noexcept {
  Homes homes = told_of(user);
  for (const List& list : earlier_) add_best(list, user, homes);
  return homes;
}

void NodeLists::add_best(const List& list, UserId user, Homes& homes) const noexcept {
  if (replicas_ == Replicas::kOne) return homes.add(list.numbers[list.rendezvous.best(user)]);
  const auto two = list.rendezvous.best_two(user);
  homes.add(list.numbers[two.first]);
  homes.add(list.numbers[two.second]);
}

}  // namespace lastbeat
