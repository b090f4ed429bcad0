#include "spread_users.hpp"

#include <algorithm>
#include <type_traits>

#include "calls.hpp"
#include "node_group.hpp"

namespace lastbeat {

// --- heartbeats and leaves ----------------------------------------------------------------------------------------

bool SpreadWrite::begin(NodeGroup& group) {
  split_told_of(*group.lists(), users_, split_);
  is_taken_.assign(users_.size(), false);
  const auto parts = split_.cut();
  waiting_ = parts.size();
  const auto self = std::static_pointer_cast<SpreadWrite>(shared_from_this());
  for (const BatchSplit::Part& part : parts) {
    auto receiver =
        receiver_of<WriteResult>([self, &part](const Result<WriteResult>& written) { self->take(part, written); });
    auto call = std::make_unique<WriteCall>(opcode_, std::vector(part.users.begin(), part.users.end()), age_,
                                            std::move(receiver));
    group.submit_to(*group.lists(), part.node, std::move(call), part.users.size());
  }
  return !parts.empty();
}

void SpreadWrite::take(const BatchSplit::Part& part, const Result<WriteResult>& written) {
  if (is_finished()) return;
  if (written) {
    for (const std::uint32_t place : part.places) is_taken_[place] = true;
    result().refused += written.value().refused;
    result().too_old += written.value().too_old;
  } else {
    keep(written.error());
  }
  if (--waiting_ == 0) end();
}

void SpreadWrite::give_up() {
  keep(late());
  end();
}

void SpreadWrite::end() {
  std::vector<std::uint32_t> failed;
  for (std::uint32_t place = 0; place < is_taken_.size(); ++place) {
    if (!is_taken_[place]) failed.push_back(place);
  }
  if (failed.empty()) return finish(std::nullopt);
  Error failure = *error();
  failure.users = std::move(failed);
  finish(std::move(failure));
}

// --- statuses -----------------------------------------------------------------------------------------------------

namespace {

Presence& presence_in(Presence& reply) { return reply; }
Presence& presence_in(UserStatus& reply) { return reply.presence; }

CallPtr status_call(std::vector<UserId> users, ReceiverPtr<std::vector<Presence>> receiver) {
  return std::make_unique<StatusCall>(std::move(users), std::move(receiver));
}
CallPtr status_call(std::vector<UserId> users, ReceiverPtr<std::vector<UserStatus>> receiver) {
  return std::make_unique<DetailedStatusCall>(std::move(users), std::move(receiver));
}

// What a node that may have missed something says about who is not online is nothing.
template <class Reply>
void doubt(std::vector<Reply>& replies) {
  for (Reply& reply : replies) {
    if (presence_in(reply) != Presence::kOnline) presence_in(reply) = Presence::kUnknown;
  }
}

}  // namespace

template <class Item>
bool SpreadStatus<Item>::begin(NodeGroup& group) {
  lists_ = group.lists();
  reads_.begin(*lists_, users_, std::is_same_v<Item, UserStatus>);
  return ask(group);
}

template <class Item>
bool SpreadStatus<Item>::ask(NodeGroup& group) {
  parts_ = reads_.next();
  is_heard_.assign(parts_.size(), false);
  waiting_ = parts_.size();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (reads_.asks_ages()) {
      ask_node<UserStatus>(group, i);
    } else {
      ask_node<Presence>(group, i);
    }
  }
  return !parts_.empty();
}

template <class Item>
template <class Reply>
void SpreadStatus<Item>::ask_node(NodeGroup& group, std::size_t part) {
  const auto self = std::static_pointer_cast<SpreadStatus>(this->shared_from_this());
  auto receiver = receiver_of<std::vector<Reply>>(
      [self, part](Result<std::vector<Reply>> replies) { self->take(part, std::move(replies)); });
  const auto users = parts_[part].users;
  group.submit_to(*lists_, parts_[part].node, status_call(std::vector(users.begin(), users.end()), std::move(receiver)),
                  users.size());
}

template <class Item>
template <class Reply>
void SpreadStatus<Item>::take(std::size_t part, Result<std::vector<Reply>> replies) {
  if (this->is_finished()) return;
  const auto group = this->group();
  if (!group) return this->finish(this->cancelled());
  is_heard_[part] = true;
  if (replies) {
    if (group->is_in_doubt(*lists_, parts_[part].node)) doubt(replies.value());
    reads_.hear(parts_[part], replies.value());
  } else {
    this->keep(replies.error());
    reads_.miss(parts_[part]);
  }
  if (--waiting_ == 0 && !ask(*group)) end();
}

template <class Item>
void SpreadStatus<Item>::give_up() {
  this->keep(this->late());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!is_heard_[i]) reads_.miss(parts_[i]);
  }
  for (auto parts = reads_.next(); !parts.empty(); parts = reads_.next()) {
    for (const BatchSplit::Part& part : parts) reads_.miss(part);
  }
  end();
}

template <class Item>
void SpreadStatus<Item>::end() {
  auto& items = this->result();
  items.resize(users_.size());
  std::size_t missing = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Presence presence = presence_of(reads_.answers()[i]);
    if (presence == Presence::kNoAnswer) ++missing;
    if constexpr (std::is_same_v<Item, UserStatus>) {
      items[i] = {.user = users_[i], .presence = presence, .age = reads_.ages()[i]};
    } else {
      items[i] = presence;
    }
  }
  this->finish(missing == users_.size() ? this->error() : std::nullopt);
}

template class SpreadStatus<Presence>;
template class SpreadStatus<UserStatus>;

}  // namespace lastbeat
