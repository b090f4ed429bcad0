#include <asio.hpp>
#include <future>
#include <limits>
#include <utility>

#include "client_core.hpp"
#include "client_loop.hpp"

namespace lastbeat {
namespace {

using protocol::Opcode;

// What is on its way at once is what the caller has put into one call, and needs no other bound.
constexpr AsyncOptions kNoBounds{.most_calls = std::numeric_limits<std::size_t>::max(),
                                 .most_users = std::numeric_limits<std::size_t>::max(),
                                 .repeat = false};

// An asynchronous client whose outcomes are waited for. It has a thread, since time goes on between calls: a node that
// is away is tried again meanwhile, and a connection that ends is noticed.
class SeveralNodes final : public detail::ClientCore {
  [[nodiscard]] AsyncClient& client() noexcept { return loop_.client(); }
  template <class Token>
  auto begin_write(Opcode opcode, std::span<const UserId> users, Age age, Token&& token) {
    std::vector<UserId> told{users.begin(), users.end()};
    return opcode == Opcode::kLeave ? client().leave(std::move(told), age, std::forward<Token>(token))
                                    : client().heartbeat(std::move(told), age, std::forward<Token>(token));
  }

 public:
  explicit SeveralNodes(ClientOptions options) : loop_{std::move(options), kNoBounds} { loop_.start(); }

  Result<void> connect() override {
    if (auto server = hello(); !server) return server.error();
    return {};
  }
  [[nodiscard]] bool is_connected() const noexcept override { return is_connected_; }
  Result<WriteResult> write(Opcode opcode, std::span<const UserId> users, Age age) override {
    return wait(begin_write(opcode, users, age, asio::use_future));
  }
  // Asks for replies all the same, so that nodes that have not taken it are an error.
  Result<void> write_quiet(Opcode opcode, std::span<const UserId> users, Age age) override {
    const auto written = write(opcode, users, age);
    if (!written) return written.error();
    quiet_.refused += written.value().refused;
    quiet_.too_old += written.value().too_old;
    return {};
  }
  [[nodiscard]] QuietRefusals quiet_refusals() const noexcept override { return quiet_; }
  Result<std::vector<Presence>> status(std::span<const UserId> users) override {
    return wait(client().status({users.begin(), users.end()}, asio::use_future));
  }
  Result<std::vector<UserStatus>> status_detailed(std::span<const UserId> users) override {
    return wait(client().status_detailed({users.begin(), users.end()}, asio::use_future));
  }
  Result<UserPage> online(std::uint64_t cursor, std::uint32_t limit) override {
    return wait(client().online(cursor, limit, asio::use_future));
  }
  Result<UserCount> count() override { return wait(client().count(asio::use_future)); }
  Result<Stats> stats() override { return wait(client().stats(asio::use_future)); }
  Result<std::chrono::nanoseconds> ping() override { return wait(client().ping(asio::use_future)); }
  Result<ServerInfo> hello() override { return wait(client().hello(asio::use_future)); }
  Result<void> set_nodes(std::vector<ClientNode> nodes) override {
    return client().set_nodes(std::move(nodes), asio::use_future).get();
  }

  // All of them are on their way before the first is waited for, and go to each node in this order.
  Result<std::vector<Result<PipelineReply>>> run(std::span<const Pipeline::Request> requests) override {
    std::vector<std::future<Result<PipelineReply>>> outcomes;
    outcomes.reserve(requests.size());
    for (const Pipeline::Request& request : requests) {
      std::promise<Result<PipelineReply>> outcome;
      outcomes.push_back(outcome.get_future());
      begin(request, [outcome = std::move(outcome)]<class T>(Result<T> result) mutable {
        outcome.set_value(result ? Result<PipelineReply>{PipelineReply{std::move(result).value()}} : result.error());
      });
    }
    std::vector<Result<PipelineReply>> replies;
    replies.reserve(outcomes.size());
    for (auto& outcome : outcomes) replies.push_back(wait(std::move(outcome)));
    return replies;
  }

 private:
  template <class T>
  Result<T> wait(std::future<Result<T>> outcome) {
    Result<T> result = outcome.get();
    is_connected_ = result || result.error().kind == ErrorKind::kServer || !result.error().users.empty();
    return result;
  }

  template <class Handler>
  void begin(const Pipeline::Request& request, Handler handler) {
    if (request.kind == Pipeline::Kind::kStatus) return client().status(request.users, std::move(handler));
    begin_write(opcode_of(request), request.users, request.age, std::move(handler));
  }

  ClientLoop loop_;
  bool is_connected_ = false;
  QuietRefusals quiet_;
};

}  // namespace

CorePtr several_nodes(ClientOptions options) { return std::make_unique<SeveralNodes>(std::move(options)); }

}  // namespace lastbeat
