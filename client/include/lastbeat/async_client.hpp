// The asynchronous client of a Lastbeat server, on the caller's Asio context. Completion tokens choose how outcomes
// come: a callback, asio::use_future, asio::use_awaitable, ...
//
//   asio::io_context context;
//   lastbeat::AsyncClient client{context.get_executor(), {.server = "127.0.0.1:7230"}};
//   client.status({lastbeat::UserId{42}}, [](lastbeat::Result<std::vector<lastbeat::Presence>> status) { ... });
//   context.run();
//
// Asio's objects cross into the library here: compile with the standalone Asio that it was built with, and the
// definitions that come with lastbeat::async_client (CMake) or lastbeat-async (pkg-config). The static library has this
// class, the shared one does not.
#pragma once

#if !defined(ASIO_STANDALONE) || !defined(ASIO_NO_TYPEID) || !defined(ASIO_DISABLE_STD_ALIGNED_ALLOC)
#error "compile with the definitions of lastbeat::async_client (CMake) or `pkg-config --cflags lastbeat-async`"
#endif

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/prefer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "lastbeat/answers.hpp"
#include "lastbeat/options.hpp"
#include "lastbeat/result.hpp"
#include "lastbeat/types.hpp"

namespace lastbeat {

// What an AsyncClient takes on at once; more is kBusy.
struct AsyncOptions {
  std::size_t most_calls = 4096;
  std::size_t most_users = 4'000'000;  // of all calls together; a single call may have more when there is no other
  bool repeat = true;                  // see AsyncClient
};

namespace detail {

// Whoever waits for the outcome of a call.
template <class T>
class Receiver {
 public:
  virtual ~Receiver() = default;
  // Once, on the client's strand.
  virtual void receive(Result<T> result) noexcept = 0;
};

// Calls handlers that name no executor where the client is: on its strand.
template <class T, class Handler>
class HandlerReceiver final : public Receiver<T> {
 public:
  HandlerReceiver(Handler handler, const asio::any_io_executor& /*client*/) : handler_{std::move(handler)} {}

  void receive(Result<T> result) noexcept override { std::move(handler_)(std::move(result)); }

 private:
  Handler handler_;
};

struct NoExecutor {};
template <class Handler>
concept NamesExecutor = !std::is_same_v<asio::associated_executor_t<Handler, NoExecutor>, NoExecutor>;

template <class T, NamesExecutor Handler>
class HandlerReceiver<T, Handler> final : public Receiver<T> {
 public:
  HandlerReceiver(Handler handler, const asio::any_io_executor& client) : handler_{std::move(handler)} {
    const Executor executor = asio::get_associated_executor(handler_, client);
    if constexpr (std::is_same_v<Executor, asio::any_io_executor>) {
      if (executor == client) return;  // the client's own work keeps that alive
    }
    elsewhere_.emplace(asio::prefer(executor, asio::execution::outstanding_work.tracked));
  }

  void receive(Result<T> result) noexcept override {
    if (!elsewhere_) {
      std::move(handler_)(std::move(result));
      return;
    }
    asio::dispatch(*elsewhere_, [handler = std::move(handler_), result = std::move(result)]() mutable {
      std::move(handler)(std::move(result));
    });
  }

 private:
  using Executor = asio::associated_executor_t<Handler, asio::any_io_executor>;
  using Work =
      std::decay_t<decltype(asio::prefer(std::declval<const Executor&>(), asio::execution::outstanding_work.tracked))>;

  Handler handler_;
  std::optional<Work> elsewhere_;  // where the handler runs, if not where the client does
};

}  // namespace detail

// Every call is pipelined on one connection, in the order made; those that are made one after the other leave in one
// write. The client connects when the first call needs it, and again when the connection is lost; pauses between
// attempts grow exponentially and are random.
//
// Every call ends within ClientOptions::request_timeout: with its result, or with an error. Until then it waits for a
// connection, if need be. Two exceptions end it earlier: a token that the server refuses (kServer, code 8), and
// ClientOptions::connect_attempts failed attempts in a row, if that is not 0 (kConnect).
//
// What was in flight when the connection breaks is sent again on the next one, once, in the same order, and still
// within its time; all calls may be repeated without harm. Heartbeats and leaves that go out a second or more after the
// call was made, for this or for want of a connection, carry that time as their age: they can neither keep a user
// online for longer nor undo what happened since. (As with every age, a leave wins over a heartbeat of the same
// second.) A call whose second connection breaks as well is kClosed: it may or may not have counted. So is one at once
// when AsyncOptions::repeat is false. kProtocol, and goodbyes that say the same, are never followed by repeating.
//
// A call that is refused later on because the token has expired or was taken away (kServer, code 8) ends its connection
// as well: the next one signs in anew.
//
// Too late (kTimeout) or cancelled calls may or may not have counted. Their late replies are skipped. When nothing at
// all has been answered since a call was sent that is late now, the connection is given up.
//
// Any number of users in a call: they are sent in as many requests as the server's limits ask for.
//
// Cancellation: every call heeds its handler's cancellation slot, whatever the type, with kCancelled. So do the
// calls that are on their way when cancel() is called or the client is destroyed.
//
// With several nodes (ClientOptions) there is a connection a node, and everything above holds for each. A node whose
// connection cannot be made is away: calls to it fail at once, while it is tried again. A heartbeat or leave is an
// error when there are users whom none of their nodes has taken (Error::users); a status is one when nobody could be
// asked about anybody, and kNoAnswer for users about whom nobody could be asked. Counts, statistics and listings put
// together what all nodes say. docs/partitioning.md tells what answers mean while nodes come and go.
//
// Handlers run on their associated executor, or else on the client's; never within the function that makes the call.
// They must not throw. While it is connected the client waits for the server, which keeps the context running: cancel()
// or destroy it to let asio::io_context::run() return. As with Asio's own objects, the context must outlive it; a
// handler that has not been called when the context is destroyed never is.
//
// Threads: any, also at the same time, except for destruction. So one client serves a whole program, also
// threads that wait with asio::use_future, which is why there is no pool of connections here: one connection takes
// more than one event loop of a server can answer. For several servers' threads make several clients.
// Exceptions: std::bad_alloc only, after construction.
class AsyncClient {
 public:
  using Age = std::optional<std::chrono::milliseconds>;

  // Connects nothing. Throws std::invalid_argument when client.server is no address, the token is over 4096 bytes, or a
  // file of client.tls cannot be used.
  explicit AsyncClient(const asio::any_io_executor& executor, ClientOptions client = {}, AsyncOptions options = {});
  ~AsyncClient();
  AsyncClient(const AsyncClient&) = delete;
  AsyncClient& operator=(const AsyncClient&) = delete;

  [[nodiscard]] const asio::any_io_executor& get_executor() const noexcept;
  // Calls that are on their way.
  [[nodiscard]] std::size_t calls() const noexcept;
  // Every call on its way becomes kCancelled, and the connection is closed. The next call makes another.
  void cancel();

  // The users are alive, or were `age` ago. Completes with Result<WriteResult>.
  template <class Token>
  auto heartbeat(std::vector<UserId> users, Token&& token) {
    return heartbeat(std::move(users), Age{}, std::forward<Token>(token));
  }
  template <class Token>
  auto heartbeat(std::vector<UserId> users, Age age, Token&& token) {
    return write(Write::kHeartbeat, std::move(users), age, std::forward<Token>(token));
  }

  // The users have signed out: they are offline at once. Completes with Result<WriteResult>.
  template <class Token>
  auto leave(std::vector<UserId> users, Token&& token) {
    return leave(std::move(users), Age{}, std::forward<Token>(token));
  }
  template <class Token>
  auto leave(std::vector<UserId> users, Age age, Token&& token) {
    return write(Write::kLeave, std::move(users), age, std::forward<Token>(token));
  }

  // Completes with Result<std::vector<Presence>>; the i-th is about users[i].
  template <class Token>
  auto status(std::vector<UserId> users, Token&& token) {
    return initiate<std::vector<Presence>>(std::forward<Token>(token),
                                           [users = std::move(users)](AsyncClient& self, Id id, auto receiver) mutable {
                                             self.start_status(std::move(users), id, std::move(receiver));
                                           });
  }
  // Completes with Result<std::vector<UserStatus>>.
  template <class Token>
  auto status_detailed(std::vector<UserId> users, Token&& token) {
    return initiate<std::vector<UserStatus>>(
        std::forward<Token>(token), [users = std::move(users)](AsyncClient& self, Id id, auto receiver) mutable {
          self.start_status_detailed(std::move(users), id, std::move(receiver));
        });
  }

  // One page of everybody who is online, `limit` users at most (0: as many as the server likes). Start with cursor 0.
  // Completes with Result<UserPage>.
  template <class Token>
  auto online(std::uint64_t cursor, std::uint32_t limit, Token&& token) {
    return initiate<UserPage>(std::forward<Token>(token), [cursor, limit](AsyncClient& self, Id id, auto receiver) {
      self.start_online(cursor, limit, id, std::move(receiver));
    });
  }
  // Completes with Result<UserCount>.
  template <class Token>
  auto count(Token&& token) {
    return initiate<UserCount>(std::forward<Token>(token), [](AsyncClient& self, Id id, auto receiver) {
      self.start_count(id, std::move(receiver));
    });
  }
  // Completes with Result<Stats>.
  template <class Token>
  auto stats(Token&& token) {
    return initiate<Stats>(std::forward<Token>(token),
                           [](AsyncClient& self, Id id, auto receiver) { self.start_stats(id, std::move(receiver)); });
  }
  // The time from sending to the reply. Completes with Result<std::chrono::nanoseconds>.
  template <class Token>
  auto ping(Token&& token) {
    return initiate<std::chrono::nanoseconds>(std::forward<Token>(token), [](AsyncClient& self, Id id, auto receiver) {
      self.start_ping(id, std::move(receiver));
    });
  }
  // Over several nodes: replaces their list. What moves is the least possible, and users who move are looked for in
  // their old places as well for one ttl. Completes with Result<void>; kBusy: three lists have been replaced within a
  // ttl.
  template <class Token>
  auto set_nodes(std::vector<ClientNode> nodes, Token&& token) {
    return initiate<void>(std::forward<Token>(token),
                          [nodes = std::move(nodes)](AsyncClient& self, Id /*id*/, auto receiver) mutable {
                            self.start_set_nodes(std::move(nodes), std::move(receiver));
                          });
  }
  // Completes with Result<ServerInfo>.
  template <class Token>
  auto hello(Token&& token) {
    return initiate<ServerInfo>(std::forward<Token>(token), [](AsyncClient& self, Id id, auto receiver) {
      self.start_hello(id, std::move(receiver));
    });
  }
  // Each node asked for itself, in the order of their names; a client of one server has one, named by its address.
  // Completes with Result<std::vector<NodeInfo>>: nodes that do not answer are no error of the call.
  template <class Token>
  auto nodes(Token&& token) {
    return initiate<std::vector<NodeInfo>>(std::forward<Token>(token), [](AsyncClient& self, Id id, auto receiver) {
      self.start_nodes(id, std::move(receiver));
    });
  }

 private:
  class Impl;
  using Id = std::uint64_t;
  enum class Write : std::uint8_t { kHeartbeat, kLeave };
  template <class T>
  using ReceiverPtr = std::unique_ptr<detail::Receiver<T>>;

  template <class Token>
  auto write(Write kind, std::vector<UserId> users, Age age, Token&& token) {
    return initiate<WriteResult>(std::forward<Token>(token), [kind, users = std::move(users), age](
                                                                 AsyncClient& self, Id id, auto receiver) mutable {
      self.start_write(kind, std::move(users), age, id, std::move(receiver));
    });
  }

  // start(client, id, receiver) begins the call once the token asks for it: at once, or when it is awaited.
  template <class T, class Token, class Start>
  auto initiate(Token&& token, Start start) {
    return asio::async_initiate<Token, void(Result<T>)>(
        [this](auto handler, Start begin) {
          const Id id = cancellable_by(asio::get_associated_cancellation_slot(handler));
          begin(*this, id,
                ReceiverPtr<T>{std::make_unique<detail::HandlerReceiver<T, decltype(handler)>>(std::move(handler),
                                                                                               get_executor())});
        },
        token, std::move(start));
  }
  // Gives the next call a number by which the slot cancels it; 0 when there is no slot.
  template <class Slot>
  Id cancellable_by(Slot slot) {
    if (!slot.is_connected()) return 0;
    const Id id = next_id();
    slot.assign([impl = std::weak_ptr<Impl>{impl_}, id](asio::cancellation_type type) {
      if (type != asio::cancellation_type::none) cancel(impl.lock(), id);
    });
    return id;
  }
  [[nodiscard]] Id next_id() noexcept;
  static void cancel(const std::shared_ptr<Impl>& impl, Id id);

  void start_write(Write kind, std::vector<UserId> users, Age age, Id id, ReceiverPtr<WriteResult> receiver);
  void start_status(std::vector<UserId> users, Id id, ReceiverPtr<std::vector<Presence>> receiver);
  void start_status_detailed(std::vector<UserId> users, Id id, ReceiverPtr<std::vector<UserStatus>> receiver);
  void start_online(std::uint64_t cursor, std::uint32_t limit, Id id, ReceiverPtr<UserPage> receiver);
  void start_count(Id id, ReceiverPtr<UserCount> receiver);
  void start_stats(Id id, ReceiverPtr<Stats> receiver);
  void start_ping(Id id, ReceiverPtr<std::chrono::nanoseconds> receiver);
  void start_hello(Id id, ReceiverPtr<ServerInfo> receiver);
  void start_nodes(Id id, ReceiverPtr<std::vector<NodeInfo>> receiver);
  void start_set_nodes(std::vector<ClientNode> nodes, ReceiverPtr<void> receiver);

  std::shared_ptr<Impl> impl_;
};

}  // namespace lastbeat
