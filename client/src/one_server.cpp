#include <algorithm>
#include <random>
#include <thread>

#include "backoff.hpp"
#include "client_core.hpp"
#include "client_nodes.hpp"
#include "connection.hpp"
#include "conversation.hpp"
#include "greeting.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "replies.hpp"

namespace lastbeat {
namespace {

using SteadyClock = std::chrono::steady_clock;
using protocol::Opcode;

// Requests go out on one connection, in one write a call, and the call waits for their replies.
class OneServer final : public detail::ClientCore {
 public:
  using Deadline = SteadyClock::time_point;

  explicit OneServer(ClientOptions options)
      : options_{std::move(options)},
        route_{options_},
        backoff_{options_.first_backoff, std::max(options_.first_backoff, options_.longest_backoff)} {
    check_token(options_.token);
  }

  Result<void> connect() override {
    if (auto error = ensure_connected(deadline())) return *error;
    return {};
  }
  [[nodiscard]] bool is_connected() const noexcept override { return connection_.is_open(); }
  Result<WriteResult> write(Opcode opcode, std::span<const UserId> users, Age age) override {
    return write(opcode, users, age, false);
  }
  Result<void> write_quiet(Opcode opcode, std::span<const UserId> users, Age age) override {
    const auto sent = write(opcode, users, age, true);
    if (!sent) return sent.error();
    return {};
  }
  [[nodiscard]] QuietRefusals quiet_refusals() const noexcept override { return quiet_; }
  Result<std::vector<Presence>> status(std::span<const UserId> users) override;
  Result<std::vector<UserStatus>> status_detailed(std::span<const UserId> users) override;
  Result<UserPage> online(std::uint64_t cursor, std::uint32_t limit) override;
  Result<UserCount> count() override;
  Result<Stats> stats() override;
  Result<std::chrono::nanoseconds> ping() override;
  Result<ServerInfo> hello() override;
  Result<std::vector<Result<PipelineReply>>> run(std::span<const Pipeline::Request> requests) override;
  Result<void> set_nodes(std::vector<ClientNode> /*nodes*/) override { return takes_no_list(); }

 private:
  [[nodiscard]] Deadline deadline() const { return SteadyClock::now() + options_.request_timeout; }

  // Connected and greeted, or the error of the last attempt.
  std::optional<Error> ensure_connected(Deadline deadline) {
    if (connection_.drop_if_ended() && std::exchange(has_unconfirmed_, false)) return lost_quiet_requests();
    for (int attempt = 1; !connection_.is_open(); ++attempt) {
      std::this_thread::sleep_until(std::min(next_attempt_, deadline));
      const auto give_up = std::min(deadline, SteadyClock::now() + options_.connect_timeout);
      auto error = connection_.connect(route_, give_up);
      if (!error) error = greet(give_up);
      if (!error) {
        backoff_.reset();
        next_attempt_ = {};
        break;
      }
      connection_.close();
      next_attempt_ = SteadyClock::now() + backoff_.next(random_());
      if (is_token_refused(*error)) return error;  // it will be no better next time
      if (attempt == options_.connect_attempts || next_attempt_ >= deadline) return error;
    }
    return std::nullopt;
  }

  // Sends what has been gathered and takes every reply.
  std::optional<Error> hold(Conversation& conversation, Deadline deadline) {
    if (auto error = ensure_connected(deadline)) return error;
    const bool asks = !conversation.is_done();
    if (auto error = exchange(conversation, deadline)) {
      has_unconfirmed_ = false;  // the caller knows now
      return error;
    }
    // Requests are executed in order: a reply confirms all that was sent before.
    has_unconfirmed_ = !asks;
    return conversation.refusal();
  }

  // Appends requests about `users`, as many as the server's limit asks for; append(out, tag, part) writes one, and
  // handler(first) makes the handler for the reply to the one that starts with user `first`, if a reply is owed.
  template <class Append, class Handler>
  void add_parts(Conversation& conversation, Opcode opcode, std::span<const UserId> users, Append append,
                 Handler handler, const RefusalHandler& on_refusal = {}) {
    const std::size_t most = most_ids_in_a_request(info_);
    std::size_t first = 0;
    do {
      const auto part = users.subspan(first, std::min(most, users.size() - first));
      const std::uint16_t tag = conversation.next_tag();
      append(conversation.out(), tag, part);
      if (ReplyHandler on_reply = handler(first, part.size())) {
        conversation.expect(opcode, tag, std::move(on_reply), on_refusal);
      }
      first += part.size();
    } while (first < users.size());
  }

  void add_write(Conversation& conversation, Opcode opcode, std::span<const UserId> users,
                 protocol::CommandOptions options, WriteResult& result, const RefusalHandler& on_refusal = {}) {
    add_parts(
        conversation, opcode, users,
        [&](Buffer& out, std::uint16_t tag, std::span<const UserId> part) {
          if (opcode == Opcode::kLeave) return protocol::append_leave(out, tag, part, options);
          protocol::append_heartbeat(out, tag, part, options);
        },
        [&](std::size_t, std::size_t) -> ReplyHandler {
          if (options.quiet) return {};
          return [&result](Payload payload, std::uint8_t) { return read_written(payload, result); };
        },
        on_refusal);
  }

  void add_status(Conversation& conversation, std::span<const UserId> users, std::vector<Presence>& result,
                  const RefusalHandler& on_refusal = {}) {
    result.resize(users.size());
    add_parts(
        conversation, Opcode::kStatus, users,
        [](Buffer& out, std::uint16_t tag, std::span<const UserId> part) {
          protocol::append_status(out, tag, part, protocol::StatusForm::kCompact);
        },
        [&result](std::size_t first, std::size_t count) -> ReplyHandler {
          return [part = std::span{result}.subspan(first, count)](Payload payload, std::uint8_t) {
            return read_statuses(payload, part);
          };
        },
        on_refusal);
  }

  void add_status_detailed(Conversation& conversation, std::span<const UserId> users, std::vector<UserStatus>& result) {
    result.resize(users.size());
    add_parts(
        conversation, Opcode::kStatus, users,
        [](Buffer& out, std::uint16_t tag, std::span<const UserId> part) {
          protocol::append_status(out, tag, part, protocol::StatusForm::kDetailed);
        },
        [&result, users](std::size_t first, std::size_t count) -> ReplyHandler {
          return [asked = users.subspan(first, count), part = std::span{result}.subspan(first, count)](
                     Payload payload, std::uint8_t) { return read_statuses(payload, asked, part); };
        });
  }

  Result<WriteResult> write(Opcode opcode, std::span<const UserId> users, Age age, bool quiet) {
    const auto wire_age = to_wire(age);
    if (!wire_age) return wire_age.error();
    const Deadline until = deadline();
    if (auto error = ensure_connected(until)) return *error;  // before the split: it needs the server's limits
    Conversation conversation = start();
    WriteResult result;
    add_write(conversation, opcode, users, {.quiet = quiet, .age = wire_age.value()}, result);
    if (auto error = hold(conversation, until)) return *error;
    return result;
  }

  // A request without users: append(out, tag) writes it.
  template <class Append>
  std::optional<Error> ask(Opcode opcode, Append append, ReplyHandler on_reply) {
    Conversation conversation = start();
    const std::uint16_t tag = conversation.next_tag();
    append(conversation.out(), tag);
    conversation.expect(opcode, tag, std::move(on_reply));
    return hold(conversation, deadline());
  }

  [[nodiscard]] Conversation start() noexcept { return Conversation{next_tag_}; }

  static Error lost_quiet_requests() {
    return {.kind = ErrorKind::kClosed,
            .message = "the connection ended before quiet requests were confirmed: they may not have counted"};
  }

  std::optional<Error> greet(Deadline deadline) {
    Greeting greeting{next_tag_, options_.token};
    if (auto error = exchange(greeting.conversation(), deadline)) return error;
    info_ = greeting.server();
    return greeting.refusal();
  }

  std::optional<Error> exchange(Conversation& conversation, Deadline deadline) {
    const bool asks = !conversation.is_done();
    bool ends_after = false;
    auto error = connection_.exchange(
        conversation.out(), deadline,
        [&](const protocol::Frame& frame) -> std::optional<Error> {
          if (frame.header.opcode < protocol::kFirstEvent) return conversation.take(frame);
          if (frame.header.opcode == static_cast<std::uint8_t>(protocol::Event::kGoodbye)) {
            // Behind the last reply it is no error of this call.
            ends_after = asks && conversation.is_done();
            return ends_after ? std::nullopt : std::optional{server_error(frame.payload)};
          }
          take_event(frame);
          return std::nullopt;
        },
        [&] { return conversation.is_done(); });
    if (ends_after) connection_.close();
    return error;
  }

  // Events of a later server are ignored.
  void take_event(const protocol::Frame& frame) {
    if (frame.header.opcode != static_cast<std::uint8_t>(protocol::Event::kNotice)) return;
    if (const auto notice = protocol::read_notice(frame.payload)) {
      quiet_.requests += notice->refused_requests;
      quiet_.refused += notice->refused_ids;
      quiet_.too_old += notice->too_old_ids;
    }
  }

  const ClientOptions options_;
  const Route route_;
  Connection connection_;
  Backoff backoff_;
  std::mt19937_64 random_{std::random_device{}()};
  SteadyClock::time_point next_attempt_{};
  ServerInfo info_;  // of the latest greeting
  QuietRefusals quiet_;
  bool has_unconfirmed_ = false;  // quiet requests since the last reply
  std::uint16_t next_tag_ = 0;
};

Result<std::vector<Presence>> OneServer::status(std::span<const UserId> users) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  Conversation conversation = start();
  std::vector<Presence> result;
  add_status(conversation, users, result);
  if (auto error = hold(conversation, until)) return *error;
  return result;
}

Result<std::vector<UserStatus>> OneServer::status_detailed(std::span<const UserId> users) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  Conversation conversation = start();
  std::vector<UserStatus> result;
  add_status_detailed(conversation, users, result);
  if (auto error = hold(conversation, until)) return *error;
  return result;
}

Result<UserPage> OneServer::online(std::uint64_t cursor, std::uint32_t limit) {
  UserPage page;
  const auto error = ask(
      Opcode::kOnline, [&](Buffer& out, std::uint16_t tag) { protocol::append_online(out, tag, cursor, limit); },
      [&](Payload payload, std::uint8_t flags) { return read_page(payload, flags, page); });
  if (error) return *error;
  return page;
}

Result<UserCount> OneServer::count() {
  UserCount count;
  const auto error = ask(Opcode::kCount, protocol::append_count,
                         [&](Payload payload, std::uint8_t) { return read_count(payload, count); });
  if (error) return *error;
  return count;
}

Result<Stats> OneServer::stats() {
  Stats stats;
  const auto error = ask(Opcode::kStats, protocol::append_stats,
                         [&](Payload payload, std::uint8_t) { return read_stats(payload, stats); });
  if (error) return *error;
  return stats;
}

Result<std::chrono::nanoseconds> OneServer::ping() {
  if (auto connected = connect(); !connected) return connected.error();
  const auto start = SteadyClock::now();
  const auto error = ask(
      Opcode::kPing, [](Buffer& out, std::uint16_t tag) { protocol::append_ping(out, tag); },
      [](std::span<const std::byte>, std::uint8_t) { return true; });
  if (error) return *error;
  return std::chrono::nanoseconds{SteadyClock::now() - start};
}

Result<ServerInfo> OneServer::hello() {
  ServerInfo info;
  const auto error = ask(
      Opcode::kHello, [](Buffer& out, std::uint16_t tag) { protocol::append_hello(out, tag); },
      [&](Payload payload, std::uint8_t) { return read_hello(payload, info); });
  if (error) return *error;
  return info;
}

Result<std::vector<Result<PipelineReply>>> OneServer::run(std::span<const Pipeline::Request> requests) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  Conversation conversation = start();
  // Handlers refer into both: they must not move, and a refusal must not destroy what later replies are written to.
  std::vector<PipelineReply> values(requests.size());
  std::vector<std::optional<Error>> refusals(requests.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Pipeline::Request& request = requests[i];
    const auto age = to_wire(request.age);
    if (!age) {
      refusals[i] = age.error();
      continue;
    }
    const RefusalHandler on_refusal = [&refusal = refusals[i]](Error error) {
      if (!refusal) refusal = std::move(error);
    };
    if (request.kind == Pipeline::Kind::kStatus) {
      add_status(conversation, request.users, values[i].emplace<std::vector<Presence>>(), on_refusal);
    } else {
      add_write(conversation, opcode_of(request), request.users, {.quiet = false, .age = age.value()},
                values[i].emplace<WriteResult>(), on_refusal);
    }
  }
  if (auto error = hold(conversation, until)) return *error;
  std::vector<Result<PipelineReply>> replies;
  replies.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (refusals[i]) {
      replies.emplace_back(std::move(*refusals[i]));
    } else {
      replies.emplace_back(std::move(values[i]));
    }
  }
  return replies;
}

}  // namespace

CorePtr one_server(ClientOptions options) { return std::make_unique<OneServer>(std::move(options)); }

}  // namespace lastbeat
