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

  // Sends what has been gathered and takes every reply. Requires a connection.
  std::optional<Error> hold(Conversation& conversation, Deadline deadline) {
    if (conversation.out().empty()) return std::nullopt;  // a pipeline without requests
    const bool asks = !conversation.is_done();
    if (auto error = exchange(conversation, deadline)) {
      has_unconfirmed_ = false;  // the caller knows now
      return error;
    }
    // Requests are executed in order: a reply confirms all that was sent before.
    has_unconfirmed_ = !asks;
    return conversation.refusal();
  }

  // Calls add(part, first) for every part of `users` that the server takes in one request; `first` is where it starts.
  template <class Add>
  void for_each_part(std::span<const UserId> users, Add add) {
    std::size_t first = 0;
    do {
      const auto part = users.subspan(first, std::min(most_ids_, users.size() - first));
      add(part, first);
      first += part.size();
    } while (first < users.size());
  }

  void add_write(Conversation& conversation, Opcode opcode, std::span<const UserId> users,
                 protocol::CommandOptions options, std::size_t request = 0) {
    for_each_part(users, [&](std::span<const UserId> part, std::size_t first) {
      const std::uint16_t tag = conversation.next_tag();
      if (opcode == Opcode::kLeave) {
        protocol::append_leave(conversation.out(), tag, part, options);
      } else {
        protocol::append_heartbeat(conversation.out(), tag, part, options);
      }
      if (!options.quiet) conversation.expect(opcode, tag, {request, first, part.size()});
    });
  }

  void add_status(Conversation& conversation, std::span<const UserId> users, protocol::StatusForm form,
                  std::size_t request = 0) {
    for_each_part(users, [&](std::span<const UserId> part, std::size_t first) {
      const std::uint16_t tag = conversation.next_tag();
      protocol::append_status(conversation.out(), tag, part, form);
      conversation.expect(Opcode::kStatus, tag, {request, first, part.size()});
    });
  }

  Result<WriteResult> write(Opcode opcode, std::span<const UserId> users, Age age, bool quiet) {
    const auto wire_age = to_wire(age);
    if (!wire_age) return wire_age.error();
    const Deadline until = deadline();
    if (auto error = ensure_connected(until)) return *error;  // before the split: it needs the server's limits
    WriteResult result;
    Conversation conversation{next_tag_, [&result](const Part& /*part*/, Payload payload, std::uint8_t /*flags*/) {
                                return read_written(payload, result);
                              }};
    add_write(conversation, opcode, users, {.quiet = quiet, .age = wire_age.value()});
    if (auto error = hold(conversation, until)) return *error;
    return result;
  }

  // A request without users: append(out, tag) writes it, read(payload, flags) reads the reply.
  template <class Append, class Read>
  std::optional<Error> ask(Opcode opcode, Append append, Read read) {
    const Deadline until = deadline();
    if (auto error = ensure_connected(until)) return error;
    Conversation conversation{
        next_tag_, [&read](const Part& /*part*/, Payload payload, std::uint8_t flags) { return read(payload, flags); }};
    const std::uint16_t tag = conversation.next_tag();
    append(conversation.out(), tag);
    conversation.expect(opcode, tag);
    return hold(conversation, until);
  }

  static Error lost_quiet_requests() {
    return {.kind = ErrorKind::kClosed,
            .message = "the connection ended before quiet requests were confirmed: they may not have counted"};
  }

  std::optional<Error> greet(Deadline deadline) {
    Greeting greeting{next_tag_, options_.token};
    if (auto error = exchange(greeting.conversation(), deadline)) return error;
    most_ids_ = most_ids_in_a_request(greeting.server());
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
  std::size_t most_ids_ = 1;  // in a request, by the latest greeting
  QuietRefusals quiet_;
  bool has_unconfirmed_ = false;  // quiet requests since the last reply
  std::uint16_t next_tag_ = 0;
};

Result<std::vector<Presence>> OneServer::status(std::span<const UserId> users) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  std::vector<Presence> result(users.size());
  Conversation conversation{next_tag_, [&result](const Part& part, Payload payload, std::uint8_t /*flags*/) {
                              return read_statuses(payload, part.of(std::span{result}));
                            }};
  add_status(conversation, users, protocol::StatusForm::kCompact);
  if (auto error = hold(conversation, until)) return *error;
  return result;
}

Result<std::vector<UserStatus>> OneServer::status_detailed(std::span<const UserId> users) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  std::vector<UserStatus> result(users.size());
  Conversation conversation{next_tag_, [&](const Part& part, Payload payload, std::uint8_t /*flags*/) {
                              return read_statuses(payload, part.of(users), part.of(std::span{result}));
                            }};
  add_status(conversation, users, protocol::StatusForm::kDetailed);
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

// What an answer to the request is written to.
PipelineReply reply_to(const Pipeline::Request& request) {
  if (request.kind == Pipeline::Kind::kStatus) return std::vector<Presence>(request.users.size());
  return WriteResult{};
}

bool read_reply(const Part& part, Payload payload, PipelineReply& reply) {
  if (auto* written = std::get_if<WriteResult>(&reply)) return read_written(payload, *written);
  return read_statuses(payload, part.of(std::span{std::get<std::vector<Presence>>(reply)}));
}

Result<std::vector<Result<PipelineReply>>> OneServer::run(std::span<const Pipeline::Request> requests) {
  const auto until = deadline();
  if (auto error = ensure_connected(until)) return *error;
  std::vector<Result<PipelineReply>> replies;
  replies.reserve(requests.size());
  // A request is refused as a whole when one of its parts is; the first error is kept.
  Conversation conversation{next_tag_,
                            [&replies](const Part& part, Payload payload, std::uint8_t /*flags*/) {
                              auto& reply = replies[part.request];
                              return !reply || read_reply(part, payload, reply.value());
                            },
                            [&replies](const Part& part, Error error) {
                              auto& reply = replies[part.request];
                              if (reply) reply = std::move(error);
                            }};
  for (const Pipeline::Request& request : requests) {
    const auto age = to_wire(request.age);
    if (!age) {
      replies.emplace_back(age.error());
      continue;
    }
    const std::size_t number = replies.size();
    replies.emplace_back(reply_to(request));
    if (request.kind == Pipeline::Kind::kStatus) {
      add_status(conversation, request.users, protocol::StatusForm::kCompact, number);
    } else {
      add_write(conversation, opcode_of(request), request.users, {.quiet = false, .age = age.value()}, number);
    }
  }
  if (auto error = hold(conversation, until)) return *error;
  return replies;
}

}  // namespace

CorePtr one_server(ClientOptions options) { return std::make_unique<OneServer>(std::move(options)); }

}  // namespace lastbeat
