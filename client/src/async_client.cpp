#include "lastbeat/async_client.hpp"

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <string>

#include "calls.hpp"
#include "node_connection.hpp"

namespace lastbeat {

using protocol::Opcode;

class AsyncClient::Impl {
 public:
  Impl(asio::any_io_executor executor, ClientOptions client, const AsyncOptions& options)
      : executor_{std::move(executor)},
        node_{std::make_shared<NodeConnection>(strand_, NodeOptions{.client = std::move(client),
                                                                    .most_calls = options.most_calls,
                                                                    .most_users = options.most_users,
                                                                    .repeat = options.repeat})} {}

  void start(std::unique_ptr<Call> call, std::size_t users, std::uint64_t id) {
    Load& load = node_->load();
    if (!load.add(users)) return refuse(std::move(call), busy(load));
    asio::dispatch(strand_, [node = node_, call = std::move(call), users, id]() mutable {
      node->submit(std::move(call), users, id);
    });
  }
  void refuse(std::unique_ptr<Call> call, Error error) {
    asio::post(strand_, [call = std::move(call), error = std::move(error)] { call->finish(error); });
  }

  void write(Opcode opcode, std::vector<UserId> users, Age age, Id id, ReceiverPtr<WriteResult> receiver) {
    const auto wire_age = to_wire(age);
    const std::size_t count = users.size();
    auto call = std::make_unique<WriteCall>(opcode, std::move(users), wire_age ? wire_age.value() : std::nullopt,
                                            std::move(receiver));
    if (!wire_age) return refuse(std::move(call), wire_age.error());
    start(std::move(call), count, id);
  }

  template <class T, class Append, class Read>
  void ask(Opcode opcode, Append append, Read read, Id id, ReceiverPtr<T> receiver) {
    start(std::make_unique<QuestionCall<T, Append, Read>>(opcode, std::move(append), std::move(read),
                                                          std::move(receiver)),
          0, id);
  }

  void cancel(Id id) {
    asio::dispatch(strand_, [node = node_, id] { node->cancel(id); });
  }
  void cancel_all() {
    asio::dispatch(strand_, [node = node_] { node->cancel_all(); });
  }
  void stop() {
    asio::dispatch(strand_, [node = node_] { node->stop(); });
  }
  [[nodiscard]] Id next_id() noexcept { return next_id_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }
  [[nodiscard]] std::size_t calls() const noexcept { return node_->load().calls(); }

 private:
  static Error busy(const Load& load) {
    return {.kind = ErrorKind::kBusy,
            .message = "too much is on its way to the server; allowed: " + std::to_string(load.most_calls()) +
                       " calls (AsyncOptions::most_calls) of " + std::to_string(load.most_users()) +
                       " users (most_users)"};
  }

  const asio::any_io_executor executor_;
  const asio::strand<asio::any_io_executor> strand_{executor_};
  const std::shared_ptr<NodeConnection> node_;
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
  const std::size_t count = users.size();
  impl_->start(std::make_unique<StatusCall>(std::move(users), std::move(receiver)), count, id);
}

void AsyncClient::start_status_detailed(std::vector<UserId> users, Id id,
                                        ReceiverPtr<std::vector<UserStatus>> receiver) {
  const std::size_t count = users.size();
  impl_->start(std::make_unique<DetailedStatusCall>(std::move(users), std::move(receiver)), count, id);
}

void AsyncClient::start_online(std::uint64_t cursor, std::uint32_t limit, Id id, ReceiverPtr<UserPage> receiver) {
  impl_->ask(
      Opcode::kOnline,
      [cursor, limit](Buffer& out, std::uint16_t tag) { protocol::append_online(out, tag, cursor, limit); }, read_page,
      id, std::move(receiver));
}

void AsyncClient::start_count(Id id, ReceiverPtr<UserCount> receiver) {
  impl_->ask(
      Opcode::kCount, protocol::append_count,
      [](Payload payload, std::uint8_t, UserCount& count) { return read_count(payload, count); }, id,
      std::move(receiver));
}

void AsyncClient::start_stats(Id id, ReceiverPtr<Stats> receiver) {
  impl_->ask(
      Opcode::kStats, protocol::append_stats,
      [](Payload payload, std::uint8_t, Stats& stats) { return read_stats(payload, stats); }, id, std::move(receiver));
}

void AsyncClient::start_ping(Id id, ReceiverPtr<std::chrono::nanoseconds> receiver) {
  const auto sent = std::make_shared<Call::Clock::time_point>();
  impl_->ask(
      Opcode::kPing,
      [sent](Buffer& out, std::uint16_t tag) {
        *sent = Call::Clock::now();
        protocol::append_ping(out, tag);
      },
      [sent](Payload, std::uint8_t, std::chrono::nanoseconds& took) {
        took = Call::Clock::now() - *sent;
        return true;
      },
      id, std::move(receiver));
}

void AsyncClient::start_hello(Id id, ReceiverPtr<ServerInfo> receiver) {
  impl_->ask(
      Opcode::kHello, [](Buffer& out, std::uint16_t tag) { protocol::append_hello(out, tag); },
      [](Payload payload, std::uint8_t, ServerInfo& server) { return read_hello(payload, server); }, id,
      std::move(receiver));
}

}  // namespace lastbeat
