#include "node_group.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "client_nodes.hpp"

namespace lastbeat {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostListings = 1024;
// Until a server has said what its own is.
constexpr milliseconds kUsualTtl{30'000};

std::vector<Node> without_addresses(const std::vector<ClientNode>& nodes) {
  std::vector<Node> list;
  list.reserve(nodes.size());
  for (const ClientNode& node : nodes) list.push_back({.name = node.name, .weight = node.weight});
  return list;
}

std::shared_ptr<const NodeLists> lists_of(const std::vector<ClientNode>& nodes, Replicas replicas) {
  auto lists = NodeLists::make(without_addresses(nodes), replicas);
  if (!lists) throw std::invalid_argument(lists.error().message);
  return std::make_shared<const NodeLists>(std::move(lists).value());
}

}  // namespace

NodeGroup::NodeGroup(asio::any_io_executor executor, NodeOptions options, const std::vector<ClientNode>& nodes)
    : executor_{std::move(executor)},
      call_timeout_{options.client.request_timeout},
      options_{std::move(options)},
      load_{std::make_shared<Load>(options_.most_calls, options_.most_users)},
      lists_{lists_of(nodes, replicas_of(options_.client))} {
  options_.client.nodes.clear();
  options_.client.request_timeout /= options_.client.replicas;
  options_.client.connect_timeout = std::min(options_.client.connect_timeout, options_.client.request_timeout);
  options_.fails_when_away = true;
  entries_ = entries_for(*lists_, nodes);
}

// --- calls --------------------------------------------------------------------------------------------------------

void NodeGroup::submit(const std::shared_ptr<SpreadCall>& call, std::size_t users, std::uint64_t id) {
  call->group_ = weak_from_this();
  call->id_ = id;
  call->load_ = load_;
  call->place_.emplace(*load_, users);
  const auto finish_later = [&](std::optional<Error> error) {
    asio::post(executor_, [call, error = std::move(error)] { call->finish(error); });
  };
  if (is_stopped_) return finish_later(SpreadCall::cancelled());
  forget_earlier_lists();
  if (calls_.size() >= most_calls_kept_) {
    std::erase_if(calls_, [](const auto& held) { return held.expired(); });
    constexpr std::size_t kLeast = 64;
    most_calls_kept_ = std::max(kLeast, 2 * calls_.size());
  }
  calls_.push_back(call);
  call->timer_.emplace(executor_, call_timeout_);
  call->timer_->async_wait([held = std::weak_ptr{call}](const std::error_code& error) {
    const auto late = held.lock();
    if (!error && late && !late->is_finished()) late->give_up();
  });
  if (!call->begin(*this)) finish_later(std::nullopt);
}

void NodeGroup::submit_to(const NodeLists& lists, std::uint32_t node, CallPtr call, std::size_t users) {
  NodeConnection* const connection = find(lists, node);
  if (connection != nullptr && connection->load().add(users)) return connection->submit(std::move(call), users);
  const std::string why = connection == nullptr ? "node " + lists.name_of(node) + " is in no list any more"
                                                : "too much is on its way to node " + lists.name_of(node);
  asio::post(executor_, [call = std::move(call), error = Error{.kind = ErrorKind::kBusy, .message = why}] {
    call->finish(error);
  });
}

NodeConnection* NodeGroup::find(const NodeLists& lists, std::uint32_t node) const {
  const bool is_same = node < entries_.size() && entries_[node].name == lists.name_of(node);
  return is_same ? entries_[node].connection.get() : nullptr;
}

bool NodeGroup::is_in_doubt(const NodeLists& lists, std::uint32_t node) const {
  const NodeConnection* const connection = find(lists, node);
  return connection == nullptr || connection->is_in_doubt();
}

bool NodeGroup::is_away(const NodeLists& lists, std::uint32_t node) const {
  const NodeConnection* const connection = find(lists, node);
  return connection == nullptr || connection->is_away();
}

void NodeGroup::cancel(std::uint64_t id) {
  for (const auto& held : calls_) {
    const auto call = held.lock();
    if (!call || call->id_ != id) continue;
    return asio::post(executor_, [call] { call->finish(SpreadCall::cancelled()); });
  }
}

void NodeGroup::cancel_all() {
  finish_all_later();
  for (const Entry& entry : entries_) {
    if (entry.connection) entry.connection->cancel_all();
  }
}

void NodeGroup::stop() {
  is_stopped_ = true;
  finish_all_later();
  for (const Entry& entry : entries_) {
    if (entry.connection) entry.connection->stop();
  }
}

// Before the nodes' calls are, so that none of them is taken for a node that is away.
void NodeGroup::finish_all_later() {
  std::vector<std::shared_ptr<SpreadCall>> open;
  for (const auto& held : calls_) {
    if (auto call = held.lock()) open.push_back(std::move(call));
  }
  calls_.clear();
  if (open.empty()) return;
  asio::post(executor_, [open = std::move(open)] {
    for (const auto& call : open) call->finish(SpreadCall::cancelled());
  });
}

// --- lists --------------------------------------------------------------------------------------------------------

Result<void> NodeGroup::set_nodes(const std::vector<ClientNode>& nodes) {
  auto lists = std::make_shared<NodeLists>(*lists_);
  const auto now = Clock::now();
  if (auto changed = lists->change(without_addresses(nodes), now, ttl()); !changed) return changed;
  try {
    auto entries = entries_for(*lists, nodes);
    replace(std::move(lists), std::move(entries));
  } catch (const std::invalid_argument& error) {
    return Error{.kind = ErrorKind::kInvalidArgument, .message = error.what()};
  }
  forget_at_ = now + ttl();
  return {};
}

// Connections to nodes that stay where they are stay as well.
std::vector<NodeGroup::Entry> NodeGroup::entries_for(const NodeLists& lists,
                                                     const std::vector<ClientNode>& nodes) const {
  std::vector<Entry> entries(lists.numbers());
  for (std::uint32_t number = 0; number < entries.size(); ++number) {
    Entry& entry = entries[number];
    entry.name = lists.name_of(number);
    if (entry.name.empty()) continue;
    const bool is_known = number < entries_.size() && entries_[number].name == entry.name;
    const auto node =
        std::find_if(nodes.begin(), nodes.end(), [&](const ClientNode& wanted) { return wanted.name == entry.name; });
    if (is_known && (node == nodes.end() || node->server == entries_[number].server)) {
      entry = entries_[number];
      continue;
    }
    entry.server = node->server;
    NodeOptions options = options_;
    options.client.server = node->server;
    entry.connection = std::make_shared<NodeConnection>(executor_, std::move(options));
  }
  return entries;
}

void NodeGroup::replace(std::shared_ptr<const NodeLists> lists, std::vector<Entry> entries) {
  lists_ = std::move(lists);
  entries_.swap(entries);
  for (const Entry& old : entries) {
    const auto is_same = [&](const Entry& entry) { return entry.connection == old.connection; };
    if (old.connection && std::none_of(entries_.begin(), entries_.end(), is_same)) old.connection->stop();
  }
}

void NodeGroup::forget_earlier_lists() {
  if (!lists_->has_earlier()) return;
  const auto now = Clock::now();
  if (now <= forget_at_) return;
  auto lists = std::make_shared<NodeLists>(*lists_);
  lists->forget(now);
  auto entries = entries_for(*lists, {});
  replace(std::move(lists), std::move(entries));
}

milliseconds NodeGroup::ttl() const noexcept {
  milliseconds longest{0};
  for (const Entry& entry : entries_) {
    if (entry.connection) longest = std::max<milliseconds>(longest, entry.connection->server().ttl);
  }
  return longest > milliseconds::zero() ? longest : kUsualTtl;
}

// --- listings -----------------------------------------------------------------------------------------------------

std::uint64_t NodeGroup::remember(ListingPlace place) {
  const std::uint64_t cursor = listings_.empty() ? 1 : listings_.rbegin()->first + 1;
  listings_.emplace(cursor, std::move(place));
  if (listings_.size() > kMostListings) listings_.erase(listings_.begin());
  return cursor;
}

Result<NodeGroup::ListingPlace> NodeGroup::listing(std::uint64_t cursor) const {
  if (cursor == 0) return ListingPlace{.node = lists_->name_of(lists_->current().front()), .cursor = 0};
  const auto found = listings_.find(cursor);
  if (found != listings_.end()) return found->second;
  return Error{.kind = ErrorKind::kInvalidArgument,
               .message = "cursor " + std::to_string(cursor) + "; allowed: 0, or what one of the latest " +
                          std::to_string(kMostListings) + " pages said"};
}

}  // namespace lastbeat
