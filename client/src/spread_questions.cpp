#include "spread_questions.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "node_group.hpp"
#include "partition/batch_split.hpp"

namespace lastbeat {
namespace {

// How the answers of nodes are put together.
template <class T>
struct Gathering {
  CallPtr (*ask)(ReceiverPtr<T>);
  void (*add)(T& sum, const std::string& node, const T& answer);
  void (*miss)(T& sum, const std::string& node, const Error& error) = nullptr;  // null: every node is needed
  void (*end)(T& sum, std::size_t copies) = nullptr;
};

template <class T>
class AskAll final : public TypedSpread<T> {
 public:
  AskAll(const Gathering<T>& gathering, ReceiverPtr<T> receiver)
      : TypedSpread<T>{std::move(receiver)}, gathering_{gathering} {}

  bool begin(NodeGroup& group) override {
    copies_ = group.lists()->copies();
    const auto nodes = group.lists()->current();
    waiting_ = nodes.size();
    const auto self = std::static_pointer_cast<AskAll>(this->shared_from_this());
    for (const std::uint32_t node : nodes) {
      auto receiver = receiver_of<T>(
          [self, name = group.lists()->name_of(node)](const Result<T>& answer) { self->take(name, answer); });
      group.submit_to(*group.lists(), node, gathering_.ask(std::move(receiver)), 0);
    }
    return true;
  }
  void give_up() override {
    this->keep(this->late());
    end();
  }

 private:
  void take(const std::string& node, const Result<T>& answer) {
    if (this->is_finished()) return;
    if (answer) {
      ++answered_;
      gathering_.add(this->result(), node, answer.value());
    } else {
      this->keep(answer.error());
      if (gathering_.miss != nullptr) gathering_.miss(this->result(), node, answer.error());
    }
    if (--waiting_ == 0) end();
  }
  void end() {
    if (this->error() && (gathering_.miss == nullptr || answered_ == 0)) return this->finish(this->error());
    if (gathering_.end != nullptr) gathering_.end(this->result(), copies_);
    this->finish(std::nullopt);
  }

  const Gathering<T> gathering_;
  std::size_t copies_ = 1;
  std::size_t waiting_ = 0;  // for that many nodes
  std::size_t answered_ = 0;
};

template <class T>
SpreadPtr ask_all(const Gathering<T>& gathering, ReceiverPtr<T> receiver) {
  return std::make_shared<AskAll<T>>(gathering, std::move(receiver));
}

void add_info(ServerInfo& sum, const std::string& /*node*/, const ServerInfo& server) {
  if (sum.version == 0) {
    sum = server;
    return;
  }
  sum.version = std::min(sum.version, server.version);
  sum.max_payload_bytes = std::min(sum.max_payload_bytes, server.max_payload_bytes);
  sum.max_ids = std::min(sum.max_ids, server.max_ids);
  sum.ttl = std::min(sum.ttl, server.ttl);
  sum.interval = std::min(sum.interval, server.interval);
  sum.doubt_left = std::max(sum.doubt_left, server.doubt_left);
  sum.life ^= server.life;
}

class AskEach final : public TypedSpread<std::vector<NodeInfo>> {
 public:
  explicit AskEach(ReceiverPtr<std::vector<NodeInfo>> receiver) : Typed{std::move(receiver)} {}

  bool begin(NodeGroup& group) override {
    const auto lists = group.lists();
    const auto nodes = lists->current();
    waiting_ = nodes.size();
    // Until they are heard of, and for good if the time is over before that.
    for (const std::uint32_t node : nodes) result().push_back({.name = lists->name_of(node), .server = late()});
    const auto self = std::static_pointer_cast<AskEach>(shared_from_this());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      auto receiver =
          receiver_of<ServerInfo>([self, i](Result<ServerInfo> server) { self->take(i, std::move(server)); });
      group.submit_to(*lists, nodes[i], hello_call(std::move(receiver)), 0);
    }
    return true;
  }
  void give_up() override { finish(std::nullopt); }

 private:
  void take(std::size_t i, Result<ServerInfo> server) {
    if (is_finished()) return;
    result()[i].server = std::move(server);
    if (--waiting_ == 0) finish(std::nullopt);
  }

  std::size_t waiting_ = 0;  // for that many nodes
};

// One page of who is online, from one node. Others list some of its users too: a user belongs to the page of the first
// of their nodes that says online.
class ListOnline final : public TypedSpread<UserPage> {
 public:
  ListOnline(std::uint64_t cursor, std::uint32_t limit, ReceiverPtr<UserPage> receiver)
      : Typed{std::move(receiver)}, cursor_{cursor}, limit_{limit} {}

  bool begin(NodeGroup& group) override {
    lists_ = group.lists();
    auto place = group.listing(cursor_);
    if (!place) {
      refusal_ = place.error();
      return refuse();
    }
    // In order of their names. The node may have been removed since.
    const auto nodes = lists_->current();
    const auto at = std::find_if(nodes.begin(), nodes.end(),
                                 [&](std::uint32_t node) { return lists_->name_of(node) >= place.value().node; });
    if (at == nodes.end()) return false;
    index_ = static_cast<std::size_t>(at - nodes.begin());
    const std::uint64_t inner = lists_->name_of(*at) == place.value().node ? place.value().cursor : 0;
    const auto self = std::static_pointer_cast<ListOnline>(shared_from_this());
    group.submit_to(*lists_, *at, online_call(inner, limit_, receiver_of<UserPage>([self](Result<UserPage> page) {
                                                self->take(std::move(page));
                                              })),
                    0);
    return true;
  }
  void give_up() override { finish(late()); }

 private:
  bool refuse() {
    const auto self = std::static_pointer_cast<ListOnline>(shared_from_this());
    asio::post(group()->executor(), [self] { self->finish(self->refusal_); });
    return true;
  }

  [[nodiscard]] std::uint32_t node() const { return lists_->current()[index_]; }

  void take(Result<UserPage> page) {
    if (is_finished()) return;
    const auto held = group();
    if (!held) return finish(cancelled());
    if (!page) {
      const auto is_another_away = [&](std::uint32_t other) {
        return other != node() && held->is_away(*lists_, other);
      };
      const auto nodes = lists_->current();
      if (lists_->copies() == 1 || std::any_of(nodes.begin(), nodes.end(), is_another_away)) {
        return finish(page.error());
      }
      go_on(*held, UserPage{});
      return finish(std::nullopt);
    }
    users_ = page.value().users;
    go_on(*held, page.value());
    ask_others(*held);
  }

  // Where the next page begins.
  void go_on(NodeGroup& group, const UserPage& page) {
    const auto nodes = lists_->current();
    result().more = page.more || index_ + 1 < nodes.size();
    if (!result().more) return;
    const std::uint32_t next = page.more ? node() : nodes[index_ + 1];
    result().next_cursor = group.remember({.node = lists_->name_of(next), .cursor = page.more ? page.next_cursor : 0});
  }

  // Who is online on a node that comes before this one is on the page of that.
  void ask_others(NodeGroup& group) {
    is_elsewhere_.assign(users_.size(), false);
    split_.begin(lists_->numbers());
    for (std::uint32_t place = 0; place < users_.size(); ++place) {
      const auto homes = lists_->asked_about(users_[place]);
      const auto* const here = std::find(homes.begin(), homes.end(), node());
      is_elsewhere_[place] = here == homes.end();  // left over from a list that counts no more
      if (is_elsewhere_[place]) continue;
      for (const auto* home = homes.begin(); home != here; ++home) split_.add(place, users_[place], *home);
    }
    const auto parts = split_.cut();
    waiting_ = parts.size();
    if (parts.empty()) return end();
    const auto self = std::static_pointer_cast<ListOnline>(shared_from_this());
    for (const BatchSplit::Part& part : parts) {
      auto receiver = receiver_of<std::vector<Presence>>(
          [self, &part](const Result<std::vector<Presence>>& replies) { self->hear(part, replies); });
      auto call = std::make_unique<StatusCall>(std::vector(part.users.begin(), part.users.end()), std::move(receiver));
      group.submit_to(*lists_, part.node, std::move(call), part.users.size());
    }
  }
  void hear(const BatchSplit::Part& part, const Result<std::vector<Presence>>& replies) {
    if (is_finished()) return;
    for (std::size_t i = 0; replies && i < part.places.size(); ++i) {
      if (replies.value()[i] == Presence::kOnline) is_elsewhere_[part.places[i]] = true;
    }
    if (--waiting_ == 0) end();
  }
  void end() {
    for (std::size_t i = 0; i < users_.size(); ++i) {
      if (!is_elsewhere_[i]) result().users.push_back(users_[i]);
    }
    finish(std::nullopt);
  }

  const std::uint64_t cursor_;
  const std::uint32_t limit_;
  std::optional<Error> refusal_;
  std::shared_ptr<const NodeLists> lists_;
  std::size_t index_ = 0;  // of the node, in the list
  std::vector<UserId> users_;
  std::vector<bool> is_elsewhere_;
  BatchSplit split_;
  std::size_t waiting_ = 0;
};

}  // namespace

SpreadPtr spread_count(ReceiverPtr<UserCount> receiver) {
  return ask_all<UserCount>({.ask = count_call,
                             .add =
                                 [](UserCount& sum, const std::string&, const UserCount& count) {
                                   sum.online += count.online;
                                   sum.entries += count.entries;
                                 },
                             .end =
                                 [](UserCount& sum, std::size_t copies) {
                                   sum.online = (sum.online + copies - 1) / copies;
                                   sum.entries = (sum.entries + copies - 1) / copies;
                                 }},
                            std::move(receiver));
}

SpreadPtr spread_stats(ReceiverPtr<Stats> receiver) {
  return ask_all<Stats>({.ask = stats_call,
                         .add =
                             [](Stats& sum, const std::string& node, const Stats& stats) {
                               for (const auto& [name, value] : stats)
                                 sum.emplace_back(std::string{node}.append("/").append(name), value);
                             },
                         .miss = [](Stats& sum, const std::string& node,
                                    const Error& error) { sum.emplace_back(node + "/error", error.message); }},
                        std::move(receiver));
}

SpreadPtr spread_ping(ReceiverPtr<std::chrono::nanoseconds> receiver) {
  using std::chrono::nanoseconds;
  return ask_all<nanoseconds>({.ask = ping_call,
                               .add = [](nanoseconds& longest, const std::string&,
                                         const nanoseconds& took) { longest = std::max(longest, took); }},
                              std::move(receiver));
}

SpreadPtr spread_hello(ReceiverPtr<ServerInfo> receiver) {
  return ask_all<ServerInfo>(
      {.ask = hello_call, .add = add_info, .miss = [](ServerInfo&, const std::string&, const Error&) {}},
      std::move(receiver));
}

SpreadPtr spread_nodes(ReceiverPtr<std::vector<NodeInfo>> receiver) {
  return std::make_shared<AskEach>(std::move(receiver));
}

SpreadPtr spread_online(std::uint64_t cursor, std::uint32_t limit, ReceiverPtr<UserPage> receiver) {
  return std::make_shared<ListOnline>(cursor, limit, std::move(receiver));
}

}  // namespace lastbeat
