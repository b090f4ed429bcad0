#include "lastbeat/async_client.hpp"

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <string>

#include "calls.hpp"
#include "client_nodes.hpp"
#include "node_connection.hpp"
#include "node_group.hpp"
#include "questions.hpp"
#include "spread_questions.hpp"
#include "spread_users.hpp"

namespace lastbeat {

using protocol::Opcode;

// Over one server, or over several.
class AsyncClient::Impl {
 public:
  Impl(asio::any_io_executor executor, ClientOptions client, const AsyncOptions& options)
      : executor_{std::move(executor)}, server_{client.server} {
    const auto nodes = nodes_of(client);
    NodeOptions node{.client = std::move(client),
                     .most_calls = options.most_calls,
                     .most_users = options.most_users,
                     .repeat = options.repeat};
    if (nodes.empty()) {
      node_ = std::make_shared<NodeConnection>(strand_, std::move(node));
    } else {
      group_ = std::make_shared<NodeGroup>(strand_, std::move(node), nodes);
    }
  }

  [[nodiscard]] bool has_several() const noexcept { return group_ != nullptr; }

  void start(CallPtr call, std::size_t users, Id id) { start_on(node_, std::move(call), users, id); }
  void start(SpreadPtr call, std::size_t users, Id id) { start_on(group_, std::move(call), users, id); }
  template <class Pointer>
  void refuse(Pointer call, Error error) {
    asio::post(strand_, [call = std::move(call), error = std::move(error)] { call->finish(error); });
  }

  void write(Opcode opcode, std::vector<UserId> users, Age age, Id id, ReceiverPtr<WriteResult> receiver) {
    const auto wire_age = to_wire(age);
    const auto told = wire_age ? wire_age.value() : std::nullopt;
    const std::size_t count = users.size();
    const auto begin = [&](auto call) {
      if (!wire_age) return refuse(std::move(call), wire_age.error());
      start(std::move(call), count, id);
    };
    if (!has_several()) {
      return begin(CallPtr{std::make_unique<WriteCall>(opcode, std::move(users), told, std::move(receiver))});
    }
    begin(SpreadPtr{std::make_shared<SpreadWrite>(opcode, std::move(users), told, std::move(receiver))});
  }

  // Of one server a OneCall, of several a Spread, made of the same.
  template <class OneCall, class Spread, class T>
  void ask_about(std::vector<UserId> users, Id id, ReceiverPtr<T> receiver) {
    const std::size_t count = users.size();
    if (!has_several()) return start(std::make_unique<OneCall>(std::move(users), std::move(receiver)), count, id);
    start(SpreadPtr{std::make_shared<Spread>(std::move(users), std::move(receiver))}, count, id);
  }

  void set_nodes(std::vector<ClientNode> nodes, ReceiverPtr<void> receiver) {
    asio::post(strand_, [group = group_, nodes = std::move(nodes), receiver = std::move(receiver)] {
      receiver->receive(group ? group->set_nodes(nodes) : takes_no_list());
    });
  }

  // Of one server the call is of one node, whose error is its answer.
  void nodes(Id id, ReceiverPtr<std::vector<NodeInfo>> receiver) {
    if (has_several()) return start(spread_nodes(std::move(receiver)), 0, id);
    start(
        hello_call(receiver_of<ServerInfo>([server = server_, receiver = std::move(receiver)](Result<ServerInfo> info) {
          const bool is_of_node =
              info || (info.error().kind != ErrorKind::kCancelled && info.error().kind != ErrorKind::kBusy);
          if (!is_of_node) return receiver->receive(info.error());
          receiver->receive(std::vector{NodeInfo{.name = server, .server = std::move(info)}});
        })),
        0, id);
  }

  void cancel(Id id) {
    on_strand([id](auto& target) { target.cancel(id); });
  }
  void cancel_all() {
    on_strand([](auto& target) { target.cancel_all(); });
  }
  void stop() {
    on_strand([](auto& target) { target.stop(); });
  }
  [[nodiscard]] Id next_id() noexcept { return next_id_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }
  [[nodiscard]] std::size_t calls() const noexcept { return node_ ? node_->load().calls() : group_->load().calls(); }

 private:
  template <class Target, class Pointer>
  void start_on(const std::shared_ptr<Target>& target, Pointer call, std::size_t users, Id id) {
    Load& load = target->load();
    if (!load.add(users)) return refuse(std::move(call), busy(load));
    // What dispatch() would do as well, for four times as many instructions: handlers call from here.
    if (strand_.running_in_this_thread()) return target->submit(std::move(call), users, id);
    asio::post(strand_,
               [target, call = std::move(call), users, id]() mutable { target->submit(std::move(call), users, id); });
  }
  template <class Act>
  void on_strand(Act act) {
    asio::dispatch(strand_, [node = node_, group = group_, act] {
      if (node) return act(*node);
      act(*group);
    });
  }
  static Error busy(const Load& load) {
    return {.kind = ErrorKind::kBusy,
            .message = "too much is on its way to the server; allowed: " + std::to_string(load.most_calls()) +
                       " calls (AsyncOptions::most_calls) of " + std::to_string(load.most_users()) +
                       " users (most_users)"};
  }

  const asio::any_io_executor executor_;
  const asio::strand<asio::any_io_executor> strand_{executor_};
  const std::string server_;              // where node_ leads to
  std::shared_ptr<NodeConnection> node_;  // null: there are several
  std::shared_ptr<NodeGroup> group_;      // null: there is one
  std::atomic<Id> next_id_{1};
};

AsyncClient::AsyncClient(const asio::any_io_executor& executor, ClientOptions client, AsyncOptions options)
    : impl_{std::make_shared<Impl>(executor, std::move(client), options)} {}

AsyncClient::~AsyncClient() { impl_->stop(); }

const asio::any_io_executor& AsyncClient::get_executor() const noexcept { return impl_->executor(); }
std::size_t AsyncClient::calls() const noexcept { return impl_->calls(); }
void AsyncClient::cancel() { impl_->cancel_all(); }
AsyncClient::Id AsyncClient::next_id() noexcept { return impl_->next_id(); }
void AsyncClient::cancel(const std::shared_ptr<Impl>& impl, Id id) {
  if (impl) impl->cancel(id);
}

void AsyncClient::start_write(Write kind, std::vector<UserId> users, Age age, Id id,
                              ReceiverPtr<WriteResult> receiver) {
  const Opcode opcode = kind == Write::kLeave ? Opcode::kLeave : Opcode::kHeartbeat;
  impl_->write(opcode, std::move(users), age, id, std::move(receiver));
}

void AsyncClient::start_status(std::vector<UserId> users, Id id, ReceiverPtr<std::vector<Presence>> receiver) {
  impl_->ask_about<StatusCall, SpreadStatus<Presence>>(std::move(users), id, std::move(receiver));
}

void AsyncClient::start_status_detailed(std::vector<UserId> users, Id id,
                                        ReceiverPtr<std::vector<UserStatus>> receiver) {
  impl_->ask_about<DetailedStatusCall, SpreadStatus<UserStatus>>(std::move(users), id, std::move(receiver));
}

void AsyncClient::start_online(std::uint64_t cursor, std::uint32_t limit, Id id, ReceiverPtr<UserPage> receiver) {
  if (impl_->has_several()) return impl_->start(spread_online(cursor, limit, std::move(receiver)), 0, id);
  impl_->start(online_call(cursor, limit, std::move(receiver)), 0, id);
}

void AsyncClient::start_count(Id id, ReceiverPtr<UserCount> receiver) {
  if (impl_->has_several()) return impl_->start(spread_count(std::move(receiver)), 0, id);
  impl_->start(count_call(std::move(receiver)), 0, id);
}

void AsyncClient::start_stats(Id id, ReceiverPtr<Stats> receiver) {
  if (impl_->has_several()) return impl_->start(spread_stats(std::move(receiver)), 0, id);
  impl_->start(stats_call(std::move(receiver)), 0, id);
}

void AsyncClient::start_ping(Id id, ReceiverPtr<std::chrono::nanoseconds> receiver) {
  if (impl_->has_several()) return impl_->start(spread_ping(std::move(receiver)), 0, id);
  impl_->start(ping_call(std::move(receiver)), 0, id);
}

void AsyncClient::start_hello(Id id, ReceiverPtr<ServerInfo> receiver) {
  if (impl_->has_several()) return impl_->start(spread_hello(std::move(receiver)), 0, id);
  impl_->start(hello_call(std::move(receiver)), 0, id);
}

void AsyncClient::start_nodes(Id id, ReceiverPtr<std::vector<NodeInfo>> receiver) {
  impl_->nodes(id, std::move(receiver));
}

void AsyncClient::start_set_nodes(std::vector<ClientNode> nodes, ReceiverPtr<void> receiver) {
  impl_->set_nodes(std::move(nodes), std::move(receiver));
}

}  // namespace lastbeat
