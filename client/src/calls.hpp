// The calls of the asynchronous client.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "call.hpp"
#include "lastbeat/async_client.hpp"
#include "protocol/request.hpp"
#include "replies.hpp"
#include "typed_call.hpp"

namespace lastbeat {

template <class T>
using TypedCall = Typed<Call, T>;

// About users: as many requests as the server's limits ask for.
template <class T>
class UsersCall : public TypedCall<T> {
 public:
  UsersCall(protocol::Opcode opcode, std::vector<UserId> users, typename TypedCall<T>::Receiver receiver)
      : TypedCall<T>{std::move(receiver), opcode}, users_{std::move(users)} {}

  std::size_t append(Buffer& out, std::uint16_t first_tag, const ServerInfo& server,
                     std::chrono::milliseconds waited) final {
    most_ = most_ids_in_a_request(server);
    begin();
    std::size_t requests = 0;
    do {
      append_part(out, static_cast<std::uint16_t>(first_tag + requests), part(requests), waited);
      ++requests;
    } while (requests * most_ < users_.size());
    return requests;
  }

 protected:
  [[nodiscard]] std::span<const UserId> users() const noexcept { return users_; }
  [[nodiscard]] std::size_t first_of(std::size_t request) const noexcept { return request * most_; }
  [[nodiscard]] std::span<const UserId> part(std::size_t request) const noexcept {
    return users().subspan(first_of(request), std::min(most_, users_.size() - first_of(request)));
  }

 private:
  // Forgets what replies on another connection have said.
  virtual void begin() = 0;
  virtual void append_part(Buffer& out, std::uint16_t tag, std::span<const UserId> users,
                           std::chrono::milliseconds waited) = 0;

  const std::vector<UserId> users_;
  std::size_t most_ = 1;  // users in a request
};

class WriteCall final : public UsersCall<WriteResult> {
 public:
  WriteCall(protocol::Opcode opcode, std::vector<UserId> users, std::optional<protocol::Age> age, Receiver receiver)
      : UsersCall{opcode, std::move(users), std::move(receiver)}, age_{age} {}

  bool take(std::size_t /*request*/, Payload payload, std::uint8_t /*flags*/) override {
    return read_written(payload, result());
  }

 private:
  void begin() override { result() = {}; }
  void append_part(Buffer& out, std::uint16_t tag, std::span<const UserId> users,
                   std::chrono::milliseconds waited) override {
    const protocol::CommandOptions options{.age = age_after(waited)};
    if (opcode() == protocol::Opcode::kLeave) return protocol::append_leave(out, tag, users, options);
    protocol::append_heartbeat(out, tag, users, options);
  }
  // Servers count in whole seconds, so below one it makes no difference, and commands without an age keep their order.
  [[nodiscard]] std::optional<protocol::Age> age_after(std::chrono::milliseconds waited) const {
    if (waited < std::chrono::seconds{1}) return age_;
    constexpr std::chrono::milliseconds kMost{protocol::Age::max()};
    const std::chrono::milliseconds age = age_.value_or(protocol::Age{0}) + waited;
    return std::chrono::duration_cast<protocol::Age>(std::min(age, kMost));
  }

  const std::optional<protocol::Age> age_;
};

class StatusCall final : public UsersCall<std::vector<Presence>> {
 public:
  StatusCall(std::vector<UserId> users, Receiver receiver)
      : UsersCall{protocol::Opcode::kStatus, std::move(users), std::move(receiver)} {}

  bool take(std::size_t request, Payload payload, std::uint8_t /*flags*/) override {
    return read_statuses(payload, std::span{result()}.subspan(first_of(request), part(request).size()));
  }

 private:
  void begin() override { result().resize(users().size()); }
  void append_part(Buffer& out, std::uint16_t tag, std::span<const UserId> users,
                   std::chrono::milliseconds /*waited*/) override {
    protocol::append_status(out, tag, users, protocol::StatusForm::kCompact);
  }
};

class DetailedStatusCall final : public UsersCall<std::vector<UserStatus>> {
 public:
  DetailedStatusCall(std::vector<UserId> users, Receiver receiver)
      : UsersCall{protocol::Opcode::kStatus, std::move(users), std::move(receiver)} {}

  bool take(std::size_t request, Payload payload, std::uint8_t /*flags*/) override {
    const auto asked = part(request);
    return read_statuses(payload, asked, std::span{result()}.subspan(first_of(request), asked.size()));
  }

 private:
  void begin() override { result().resize(users().size()); }
  void append_part(Buffer& out, std::uint16_t tag, std::span<const UserId> users,
                   std::chrono::milliseconds /*waited*/) override {
    protocol::append_status(out, tag, users, protocol::StatusForm::kDetailed);
  }
};

// A question that is one request: append(out, tag) writes it, read(payload, flags, result) reads the reply.
template <class T, class Append, class Read>
class QuestionCall final : public TypedCall<T> {
 public:
  QuestionCall(protocol::Opcode opcode, Append write, Read read, typename TypedCall<T>::Receiver receiver)
      : TypedCall<T>{std::move(receiver), opcode}, append_{std::move(write)}, read_{std::move(read)} {}

  std::size_t append(Buffer& out, std::uint16_t first_tag, const ServerInfo& /*server*/,
                     std::chrono::milliseconds /*waited*/) override {
    append_(out, first_tag);
    return 1;
  }
  bool take(std::size_t /*request*/, Payload payload, std::uint8_t flags) override {
    return read_(payload, flags, this->result());
  }

 private:
  Append append_;
  Read read_;
};

}  // namespace lastbeat
