// The commands of everything that one read brought, in their order, and what the store answered.
#pragma once

#include <vector>

#include "table/command.hpp"

namespace lastbeat {

// Reused from read to read: in the long run nothing is allocated. Bounded by what one call to Codec::decode takes.
struct Batch {
  std::vector<Command> commands;
  std::vector<Answer> answers;  // filled by the store, as long as `commands`

  void clear() noexcept {
    commands.clear();
    answers.clear();
  }
};

}  // namespace lastbeat
