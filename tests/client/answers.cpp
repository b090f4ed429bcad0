#include "client/answers.hpp"

namespace lastbeat::test {

using protocol::Opcode;

Buffer write_answer(const Peer::Received& request, protocol::WriteReply counts) {
  Buffer reply;
  protocol::append_write_reply(reply, Opcode{request.header.opcode}, request.header.tag, counts);
  return reply;
}

Buffer refusal(const Peer::Received& request, protocol::ErrorCode code) {
  Buffer reply;
  protocol::append_error_reply(reply, request.header.opcode, request.header.tag, code);
  return reply;
}

Buffer compact_answer(const Peer::Received& request) {
  const protocol::IdList ids{request.payload, (request.header.flags & protocol::request_flag::kWide) != 0};
  Buffer reply;
  protocol::append_header(reply, {.opcode = 0x82,
                                  .flags = 0,
                                  .length = static_cast<std::uint32_t>(protocol::compact_status_bytes(ids.size())),
                                  .tag = request.header.tag});
  protocol::CompactStatusWriter writer{reply};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    writer.put(static_cast<std::uint64_t>(ids[i]) % 2 == 1 ? Presence::kOnline : Presence::kOffline);
  }
  return reply;
}

void answer_write(Peer& peer, protocol::WriteReply counts) { peer.send(write_answer(peer.receive(), counts)); }

void answer_question(Peer& peer) {
  const auto request = peer.receive();
  const std::uint16_t tag = request.header.tag;
  Buffer reply;
  switch (Opcode{request.header.opcode}) {
    case Opcode::kStatus:
      protocol::append_header(reply, {.opcode = 0x82, .flags = 0, .length = 8, .tag = tag});
      protocol::append(reply, protocol::pack({.presence = Presence::kOnline, .age_s = 3}));
      protocol::append(reply, protocol::pack({.presence = Presence::kUnknown}));
      break;
    case Opcode::kOnline:
      protocol::append_online_reply(reply, tag, true, 77, kUsers);
      break;
    case Opcode::kCount:
      protocol::append_count_reply(reply, tag, {.online = 2, .entries = 3});
      break;
    case Opcode::kStats:
      protocol::append_bytes_reply(reply, Opcode::kStats, tag, protocol::as_bytes("a 1\nb x y\nlast 2"));
      break;
    case Opcode::kPing:
      protocol::append_bytes_reply(reply, Opcode::kPing, tag, request.payload);
      break;
    default:
      protocol::append_hello_reply(reply, tag, hello_answer(9));
  }
  peer.send(reply);
}

}  // namespace lastbeat::test
