// Everything that one read brought, decoded: the commands to execute, and the replies that are owed in their order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/types.hpp"
#include "protocol/wire.hpp"
#include "table/command.hpp"

namespace lastbeat {

// One reply to be written when the batch is through. A refused request is one too.
struct PendingReply {
  std::uint8_t opcode = 0;  // of the request
  std::uint16_t tag = 0;
  bool quiet = false;
  bool detail = false;
  bool refused = false;
  protocol::ErrorCode error{};   // refused
  std::uint32_t page_limit = 0;  // online
  std::uint64_t cursor = 0;      // online
  std::size_t first = 0;         // first command of heartbeat, leave, status; first echo byte of ping
  std::size_t count = 0;         // how many
};

// Reused from read to read: in the long run nothing is allocated. Bounded by what one call to Codec::decode takes.
struct Batch {
  std::vector<Command> commands;
  std::vector<Answer> answers;  // filled by the store, as long as `commands`
  std::vector<PendingReply> replies;
  Buffer echo;  // the bytes of pings, since the input may be gone when they are answered

  [[nodiscard]] bool is_empty() const noexcept { return replies.empty(); }
  void clear() noexcept {
    commands.clear();
    answers.clear();
    replies.clear();
    echo.clear();
  }
};

}  // namespace lastbeat
