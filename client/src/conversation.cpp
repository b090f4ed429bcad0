#include "conversation.hpp"

#include <string>

namespace lastbeat {
namespace {

Error protocol_error(std::string message) { return {.kind = ErrorKind::kProtocol, .message = std::move(message)}; }

}  // namespace

Error server_error(std::span<const std::byte> payload) {
  const auto error = protocol::read_error(payload);
  if (!error) return protocol_error("the server sent an error that is too short");
  return {.kind = ErrorKind::kServer,
          .server_code = static_cast<std::uint16_t>(error->code),
          .message = "the server says: " + std::string{error->message}};
}

Error no_frame() { return protocol_error("this is no Lastbeat server: its answer is no frame"); }

std::optional<Error> Conversation::take(const protocol::Frame& frame) {
  if (is_done()) return protocol_error("the server sent a reply that nobody asked for");
  const Owed owed = owed_[taken_++];  // a copy: the handler may expect more
  if (frame.header.opcode != owed.opcode || frame.header.tag != owed.tag) {
    return protocol_error("the server mixed up its replies");
  }
  if ((frame.header.flags & protocol::reply_flag::kError) != 0) {
    Error error = server_error(frame.payload);
    if (error.kind == ErrorKind::kProtocol) return error;
    if (on_refusal_) {
      on_refusal_(owed.part, std::move(error));
    } else if (!refusal_) {
      refusal_ = std::move(error);
    }
    return std::nullopt;
  }
  if (!on_reply_(owed.part, frame.payload, frame.header.flags)) {
    return protocol_error("the server sent a reply that is too short");
  }
  return std::nullopt;
}

}  // namespace lastbeat
