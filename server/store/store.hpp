// Where heartbeats live. One interface for the table in this process and for engines that answer later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "table/command.hpp"
#include "table/table.hpp"

namespace lastbeat {

enum class BatchResult : std::uint8_t {
  kDone,
  kUnavailable,  // the store could not be reached; the answers mean nothing, the commands may or may not have counted
};

// Told once when a batch is through: before Store::execute returns, or later and on another thread. A store tells in
// any case and within a bounded time, also when it is cut off: who stops waits for it.
class BatchCompletion {
 public:
  virtual void batch_done(BatchResult result) noexcept = 0;

 protected:
  ~BatchCompletion() = default;
};

// Threads: any call from any thread; batches of one caller are executed in the order of the calls.
class Store {
 public:
  virtual ~Store() = default;

  // Executes the commands in order; answers[i] is what commands[i] gets. Both spans (of equal size) and `done` belong
  // to the caller and must stay alive and untouched until `done` has been told. Never blocks on another machine.
  virtual void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) = 0;

  // Users announced as online; users held.
  [[nodiscard]] virtual std::uint64_t online() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t entries() const noexcept = 0;
  // How many users may be held, and the memory that holds them; 0: not known here.
  [[nodiscard]] virtual std::uint64_t max_entries() const noexcept { return 0; }
  [[nodiscard]] virtual std::uint64_t memory_bytes() const noexcept { return 0; }
  // See Table::list_online.
  [[nodiscard]] virtual OnlinePage list_online(std::uint64_t cursor, std::size_t limit) = 0;

  // Expiry of a store that does not expire by itself: visit every part in turn, once a second. 0: nothing to visit.
  [[nodiscard]] virtual std::size_t parts() const noexcept = 0;
  virtual PassResult pass(std::size_t part) noexcept = 0;
};

}  // namespace lastbeat
