// Several nodes as one server: a connection a node, and who is told and asked about which user.
#pragma once

#include <asio.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call.hpp"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "node_connection.hpp"
#include "partition/node_lists.hpp"
#include "questions.hpp"
#include "spread_call.hpp"

namespace lastbeat {

// A node that is away is one whose calls fail at once; it is tried again meanwhile, with pauses that grow.
//
// Calls are told their outcome within submit(), cancel_all() and stop() never.
//
// Threads: that of its executor, as NodeConnection; load() from any. Held by a shared pointer.
class NodeGroup final : public std::enable_shared_from_this<NodeGroup> {
 public:
  // `options` are those of every node; options.client.request_timeout is the time of a whole call, which with two
  // replicas is enough to ask a second node after a first that does not answer. Throws std::invalid_argument when a
  // list of nodes or an option is no good.
  NodeGroup(asio::any_io_executor executor, NodeOptions options, const std::vector<ClientNode>& nodes);

  // As of NodeConnection.
  void submit(const std::shared_ptr<SpreadCall>& call, std::size_t users, std::uint64_t id = 0);
  void cancel(std::uint64_t id);
  void cancel_all();
  void stop();
  [[nodiscard]] Load& load() noexcept { return *load_; }

  // Replaces the list; see NodeLists::change().
  Result<void> set_nodes(const std::vector<ClientNode>& nodes);

  // --- for calls ---

  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }
  [[nodiscard]] const std::shared_ptr<const NodeLists>& lists() const noexcept { return lists_; }
  // A call to one node of those lists. They may be older than lists(); a node that is gone meanwhile is an error.
  void submit_to(const NodeLists& lists, std::uint32_t node, CallPtr call, std::size_t users);
  // Its answers may come from before the users' latest heartbeats and leaves.
  [[nodiscard]] bool is_in_doubt(const NodeLists& lists, std::uint32_t node) const;
  [[nodiscard]] bool is_away(const NodeLists& lists, std::uint32_t node) const;

  // Where a listing of who is online goes on: by the cursor that the caller has. The latest ones are kept.
  struct ListingPlace {
    std::string node;  // its name
    std::uint64_t cursor = 0;
  };
  [[nodiscard]] std::uint64_t remember(ListingPlace place);
  [[nodiscard]] Result<ListingPlace> listing(std::uint64_t cursor) const;

 private:
  struct Entry {
    std::string name;  // empty: no list has a node of this number
    std::string server;
    std::shared_ptr<NodeConnection> connection;
  };
  using Clock = Call::Clock;

  // Null: it is gone.
  [[nodiscard]] NodeConnection* find(const NodeLists& lists, std::uint32_t node) const;
  [[nodiscard]] std::vector<Entry> entries_for(const NodeLists& lists, const std::vector<ClientNode>& nodes) const;
  void replace(std::shared_ptr<const NodeLists> lists, std::vector<Entry> entries);
  void forget_earlier_lists();
  void finish_all_later();
  [[nodiscard]] std::chrono::milliseconds ttl() const noexcept;

  const asio::any_io_executor executor_;
  const std::chrono::milliseconds call_timeout_;
  NodeOptions options_;  // of each node
  const std::shared_ptr<Load> load_;
  std::shared_ptr<const NodeLists> lists_;
  std::vector<Entry> entries_;                    // by number
  Clock::time_point forget_at_;                   // the earlier lists, if there are any
  std::vector<std::weak_ptr<SpreadCall>> calls_;  // those that are under way, and some that were
  std::size_t most_calls_kept_ = 0;               // before the latter are dropped
  std::map<std::uint64_t, ListingPlace> listings_;
  bool is_stopped_ = false;
};

}  // namespace lastbeat
