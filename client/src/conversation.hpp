// The requests of one call and the replies that are owed for them, in order.
#pragma once

#include <cstddef>
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

// What a reply is about: users of one of the caller's requests, which the server's limits may have cut into several.
struct Part {
  std::size_t request = 0;  // its number
  std::size_t first = 0;    // of its users
  std::size_t count = 0;

  template <class T>
  [[nodiscard]] std::span<T> of(std::span<T> all) const {
    return all.subspan(first, count);
  }
};

// A reply's payload and flags, once it is known not to be an error. False: it is too short to be that reply.
using ReplyHandler = std::function<bool(const Part& part, std::span<const std::byte> payload, std::uint8_t flags)>;
// An error reply to one request; the connection lives.
using RefusalHandler = std::function<void(const Part& part, Error error)>;

class Conversation {
 public:
  // Tags only help to notice a server that mixes up its replies; they start where the last conversation ended. Without
  // a handler of its own, a refusal is the error of the whole conversation; the first one is kept.
  Conversation(std::uint16_t& next_tag, ReplyHandler on_reply, RefusalHandler on_refusal = {})
      : next_tag_{next_tag}, on_reply_{std::move(on_reply)}, on_refusal_{std::move(on_refusal)} {}

  // Where requests are appended, and the tag for the next one.
  [[nodiscard]] Buffer& out() noexcept { return out_; }
  [[nodiscard]] std::uint16_t next_tag() noexcept { return next_tag_++; }
  // A reply to the request that was appended last is owed.
  void expect(protocol::Opcode opcode, std::uint16_t tag, const Part& part = {}) {
    owed_.push_back({protocol::reply_opcode(opcode), tag, part});
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
    Part part;
  };

  std::uint16_t& next_tag_;
  const ReplyHandler on_reply_;
  const RefusalHandler on_refusal_;
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
