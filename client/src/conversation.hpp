// The requests of one call and the replies that are owed for them, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "lastbeat/result.hpp"
#include "protocol/frame.hpp"
#include "protocol/reply.hpp"
#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace lastbeat {

// A reply's payload and flags, once it is known not to be an error. False: it is too short to be that reply.
using ReplyHandler = std::function<bool(std::span<const std::byte> payload, std::uint8_t flags)>;
// An error reply to one request; the connection lives.
using RefusalHandler = std::function<void(Error)>;

class Conversation {
 public:
  // Tags only help to notice a server that mixes up its replies; they start where the last conversation ended.
  explicit Conversation(std::uint16_t& next_tag) noexcept : next_tag_{next_tag} {}

  // Where requests are appended, and the tag for the next one.
  [[nodiscard]] Buffer& out() noexcept { return out_; }
  [[nodiscard]] std::uint16_t next_tag() noexcept { return next_tag_++; }
  // A reply to the request that was appended last is owed. Without a handler of its own, a refusal is the error of the
  // whole conversation; the first one is kept.
  void expect(protocol::Opcode opcode, std::uint16_t tag, ReplyHandler on_reply, RefusalHandler on_refusal = {}) {
    owed_.push_back({protocol::reply_opcode(opcode), tag, std::move(on_reply), std::move(on_refusal)});
  }

  [[nodiscard]] bool is_done() const noexcept { return taken_ == owed_.size(); }
  // The error of a request that was refused, if any.
  [[nodiscard]] const std::optional<Error>& refusal() const noexcept { return refusal_; }

  // Takes a reply. An error: this is not the reply that is owed.
  [[nodiscard]] std::optional<Error> take(const protocol::Frame& frame);

 private:
  struct Owed {
    std::uint8_t opcode;
    std::uint16_t tag;
    ReplyHandler on_reply;
    RefusalHandler on_refusal;
  };

  std::uint16_t& next_tag_;
  Buffer out_;
  std::vector<Owed> owed_;
  std::size_t taken_ = 0;  // of these
  std::optional<Error> refusal_;
};

// The error that an ERROR frame or a goodbye carries.
[[nodiscard]] Error server_error(std::span<const std::byte> payload);
// What has arrived is none.
[[nodiscard]] Error no_frame();

}  // namespace lastbeat
