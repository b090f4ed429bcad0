// A batch of a caller's, until all of it is through.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "dynamo/unix_rules.hpp"
#include "store/store.hpp"

namespace lastbeat::dynamo {

struct Job {
  using Time = std::chrono::steady_clock::time_point;

  std::span<const Command> commands;
  std::span<Answer> answers;
  BatchCompletion* done = nullptr;
  Now arrived{};                // what comes next
  Time began{};                 // all of it
  std::size_t next = 0;         // the first command that has not begun
  std::size_t open = 0;         // those that have and are not through
  std::size_t unavailable = 0;  // those that came to nothing
};

}  // namespace lastbeat::dynamo
