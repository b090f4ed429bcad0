// What travels to Redis and back: batches, cut into calls of the script.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "redis/slot.hpp"
#include "store/store.hpp"

namespace lastbeat::redis {

// A batch of the caller's, until all its calls are through.
struct Job {
  std::span<const Command> commands;
  std::span<Answer> answers;
  BatchCompletion* done = nullptr;
  Second arrived = 0;
  std::size_t open_calls = 0;
  std::size_t unavailable = 0;
};

struct Call {
  static constexpr std::size_t kMostCommands = 64;  // while it runs a call, Redis serves nobody else

  Slot slot = 0;  // of all users in it
  std::vector<Command> commands{};
  std::size_t kept = 0;                 // of those, the first: they waited here, and nobody waits for their answers
  std::shared_ptr<Job> job{};           // null: all are kept ones
  std::vector<std::uint32_t> places{};  // among the job's commands, of those that were not kept
  std::size_t answered = 0;
  std::chrono::steady_clock::time_point deadline{};
  // In a cluster.
  bool is_ask = false;          // the server is to take it although it does not own the slot yet
  bool is_at_owner = false;     // it is under way to the owner of the slot
  std::uint8_t redirected = 0;  // times
};

}  // namespace lastbeat::redis
