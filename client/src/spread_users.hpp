// Calls about users, over several nodes.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lastbeat/answers.hpp"
#include "partition/batch_split.hpp"
#include "partition/node_lists.hpp"
#include "partition/replica_reads.hpp"
#include "protocol/request.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"
#include "spread_call.hpp"

namespace lastbeat {

// Every node is told of its users, side by side. An error when there are users whom none of their nodes has taken.
class SpreadWrite final : public TypedSpread<WriteResult> {
 public:
  SpreadWrite(protocol::Opcode opcode, std::vector<UserId> users, std::optional<protocol::Age> age,
              ReceiverPtr<WriteResult> receiver)
      : Typed{std::move(receiver)}, opcode_{opcode}, users_{std::move(users)}, age_{age} {}

  bool begin(NodeGroup& group) override;
  void give_up() override;

 private:
  void take(const BatchSplit::Part& part, const Result<WriteResult>& written);
  void end();

  const protocol::Opcode opcode_;
  const std::vector<UserId> users_;
  const std::optional<protocol::Age> age_;
  BatchSplit split_;
  std::vector<bool> is_taken_;  // by a node at least; of each user
  std::size_t waiting_ = 0;     // for that many nodes
};

// Nodes are asked round by round; see ReplicaReads. `Item` is Presence, or UserStatus for ages as well. An error when
// nobody could be asked about anybody; kNoAnswer where that is so for some.
template <class Item>
class SpreadStatus final : public TypedSpread<std::vector<Item>> {
 public:
  SpreadStatus(std::vector<UserId> users, ReceiverPtr<std::vector<Item>> receiver)
      : TypedSpread<std::vector<Item>>{std::move(receiver)}, users_{std::move(users)} {}

  bool begin(NodeGroup& group) override;
  void give_up() override;

 private:
  // The next round; false: there is none.
  bool ask(NodeGroup& group);
  template <class Reply>
  void ask_node(NodeGroup& group, std::size_t part);
  template <class Reply>
  void take(std::size_t part, Result<std::vector<Reply>> replies);
  void end();

  const std::vector<UserId> users_;
  std::shared_ptr<const NodeLists> lists_;
  ReplicaReads reads_;
  std::span<const BatchSplit::Part> parts_;  // of this round
  std::vector<bool> is_heard_;               // or missed; of each part
  std::size_t waiting_ = 0;                  // for that many of them
};

}  // namespace lastbeat
