// The commands of everything that one read brought, in their order, and what the store answered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "store/store.hpp"
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

// Whether the store could do nothing at all for one request: for `count` commands of a batch, from `first` on.
[[nodiscard]] inline bool is_unavailable(const Batch& batch, BatchResult result, std::size_t first,
                                         std::size_t count) noexcept {
  if (result != BatchResult::kPartly) return result == BatchResult::kUnavailable;
  const auto answers = std::span{batch.answers}.subspan(first, count);
  return count != 0 && std::all_of(answers.begin(), answers.end(),
                                   [](const Answer& answer) { return answer.outcome == Outcome::kUnavailable; });
}

}  // namespace lastbeat
