// User ids out of JSON bodies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "http/refusal.hpp"
#include "table/command.hpp"

namespace lastbeat::http {

// Which member a body has, and with it how many users it names.
enum class BodyForm : std::uint8_t {
  kOneUser,    // {"user_id": 42}
  kManyUsers,  // {"user_ids": [42, "43"]}
};

// Appends a command of this kind for every user that the body names, in their order. Refuses everything else, other
// and repeated members too: whoever sends them means something that would not happen. Then nothing is appended.
[[nodiscard]] Refusal read_user_ids(std::span<const std::byte> body, BodyForm form, CommandKind kind,
                                    std::size_t most_ids, std::vector<Command>& commands);

// The same for a user who has signed in: an empty body is enough, and {"user_id": 42} must name that user, else
// Refusal::kForbidden.
[[nodiscard]] Refusal read_own_id(std::span<const std::byte> body, UserId user, CommandKind kind,
                                  std::vector<Command>& commands);

}  // namespace lastbeat::http
