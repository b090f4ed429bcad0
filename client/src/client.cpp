#include "lastbeat/client.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "backoff.hpp"
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

}  // namespace

class LASTBEAT_LOCAL Client::Impl {
 public:
  using Deadline = SteadyClock::time_point;

  explicit Impl(ClientOptions options)
      : options_{std::move(options)},
        route_{options_},
        backoff_{options_.first_backoff, std::max(options_.first_backoff, options_.longest_backoff)} {
    check_token(options_.token);
  }

  [[nodiscard]] Deadline deadline() const { return SteadyClock::now() + options_.request_timeout; }
  [[nodiscard]] bool is_connected() const noexcept { return connection_.is_open(); }
  [[nodiscard]] QuietRefusals quiet_refusals() const noexcept { return quiet_; }

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

 private:
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

Client::Client(ClientOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}
Client::~Client() = default;
Client::Client(Client&& other) noexcept = default;
Client& Client::operator=(Client&& other) noexcept = default;

Result<void> Client::connect() {
  if (auto error = impl_->ensure_connected(impl_->deadline())) return *error;
  return {};
}

bool Client::is_connected() const noexcept { return impl_->is_connected(); }

Result<WriteResult> Client::heartbeat(std::span<const UserId> users, Age age) {
  return impl_->write(Opcode::kHeartbeat, users, age, false);
}

Result<WriteResult> Client::leave(std::span<const UserId> users, Age age) {
  return impl_->write(Opcode::kLeave, users, age, false);
}

Result<void> Client::heartbeat_quiet(std::span<const UserId> users, Age age) {
  const auto sent = impl_->write(Opcode::kHeartbeat, users, age, true);
  if (!sent) return sent.error();
  return {};
}

Result<void> Client::leave_quiet(std::span<const UserId> users, Age age) {
  const auto sent = impl_->write(Opcode::kLeave, users, age, true);
  if (!sent) return sent.error();
  return {};
}

QuietRefusals Client::quiet_refusals() const noexcept { return impl_->quiet_refusals(); }

Result<std::vector<Presence>> Client::status(std::span<const UserId> users) {
  const auto until = impl_->deadline();
  if (auto error = impl_->ensure_connected(until)) return *error;
  Conversation conversation = impl_->start();
  std::vector<Presence> result;
  impl_->add_status(conversation, users, result);
  if (auto error = impl_->hold(conversation, until)) return *error;
  return result;
}

Result<std::vector<UserStatus>> Client::status_detailed(std::span<const UserId> users) {
  const auto until = impl_->deadline();
  if (auto error = impl_->ensure_connected(until)) return *error;
  Conversation conversation = impl_->start();
  std::vector<UserStatus> result;
  impl_->add_status_detailed(conversation, users, result);
  if (auto error = impl_->hold(conversation, until)) return *error;
  return result;
}

Result<UserPage> Client::online(std::uint64_t cursor, std::uint32_t limit) {
  UserPage page;
  const auto error = impl_->ask(
      Opcode::kOnline, [&](Buffer& out, std::uint16_t tag) { protocol::append_online(out, tag, cursor, limit); },
      [&](Payload payload, std::uint8_t flags) { return read_page(payload, flags, page); });
  if (error) return *error;
  return page;
}

Result<UserCount> Client::count() {
  UserCount count;
  const auto error = impl_->ask(Opcode::kCount, protocol::append_count,
                                [&](Payload payload, std::uint8_t) { return read_count(payload, count); });
  if (error) return *error;
  return count;
}

Result<Stats> Client::stats() {
  Stats stats;
  const auto error = impl_->ask(Opcode::kStats, protocol::append_stats,
                                [&](Payload payload, std::uint8_t) { return read_stats(payload, stats); });
  if (error) return *error;
  return stats;
}

Result<std::chrono::nanoseconds> Client::ping() {
  if (auto connected = connect(); !connected) return connected.error();
  const auto start = SteadyClock::now();
  const auto error = impl_->ask(
      Opcode::kPing, [](Buffer& out, std::uint16_t tag) { protocol::append_ping(out, tag); },
      [](std::span<const std::byte>, std::uint8_t) { return true; });
  if (error) return *error;
  return std::chrono::nanoseconds{SteadyClock::now() - start};
}

Result<ServerInfo> Client::hello() {
  ServerInfo info;
  const auto error = impl_->ask(
      Opcode::kHello, [](Buffer& out, std::uint16_t tag) { protocol::append_hello(out, tag); },
      [&](Payload payload, std::uint8_t) { return read_hello(payload, info); });
  if (error) return *error;
  return info;
}

Result<std::vector<Result<PipelineReply>>> Client::run(const Pipeline& pipeline) {
  const auto until = impl_->deadline();
  if (auto error = impl_->ensure_connected(until)) return *error;
  Conversation conversation = impl_->start();
  // Handlers refer into both: they must not move, and a refusal must not destroy what later replies are written to.
  std::vector<PipelineReply> values(pipeline.requests_.size());
  std::vector<std::optional<Error>> refusals(pipeline.requests_.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Pipeline::Request& request = pipeline.requests_[i];
    const auto age = to_wire(request.age);
    if (!age) {
      refusals[i] = age.error();
      continue;
    }
    const RefusalHandler on_refusal = [&refusal = refusals[i]](Error error) {
      if (!refusal) refusal = std::move(error);
    };
    if (request.kind == Pipeline::Kind::kStatus) {
      impl_->add_status(conversation, request.users, values[i].emplace<std::vector<Presence>>(), on_refusal);
    } else {
      const Opcode opcode = request.kind == Pipeline::Kind::kLeave ? Opcode::kLeave : Opcode::kHeartbeat;
      impl_->add_write(conversation, opcode, request.users, {.quiet = false, .age = age.value()},
                       values[i].emplace<WriteResult>(), on_refusal);
    }
  }
  if (auto error = impl_->hold(conversation, until)) return *error;
  std::vector<Result<PipelineReply>> replies;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (refusals[i]) {
      replies.emplace_back(std::move(*refusals[i]));
    } else {
      replies.emplace_back(std::move(values[i]));
    }
  }
  return replies;
}

}  // namespace lastbeat
