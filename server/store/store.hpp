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
  kPartly,       // done, but for the commands whose outcome is kUnavailable; a status among them says unknown
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

// How the way to a store outside this process is. All zero, and always reachable, where there is none.
struct RemoteFigures {
  bool is_reachable = true;  // whether anything that needs the store can be done
  std::uint64_t nodes = 0;   // servers that are the store together; 0: a service that shows none
  std::uint64_t nodes_reachable = 0;
  std::uint64_t operations = 0;  // users' commands that the store has answered
  std::uint64_t failures = 0;    // and those that it could not be asked, or has not answered in time
  std::uint64_t refused = 0;     // heartbeats and leaves that the store had no room for
  std::uint64_t kept = 0;        // users of whom a heartbeat or leave waits here for the store: a gauge
  std::uint64_t coalesced = 0;   // heartbeats in whose place another one goes to the store
  std::uint64_t dropped = 0;     // heartbeats and leaves given up: a ttl old before the store could be told
  std::uint64_t overflows = 0;   // heartbeats and leaves refused because no more could wait
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
  [[nodiscard]] virtual RemoteFigures remote() const noexcept { return {}; }
  // Whether online() and entries() are known.
  [[nodiscard]] virtual bool can_count() const noexcept { return true; }
  // See Table::list_online. A store that says false cannot tell.
  [[nodiscard]] virtual bool can_list() const noexcept { return false; }
  [[nodiscard]] virtual OnlinePage list_online(std::uint64_t /*cursor*/, std::size_t /*limit*/) { return {}; }

  // Expiry of a store that does not expire by itself: visit every part in turn, once a second. 0: nothing to visit.
  [[nodiscard]] virtual std::size_t parts() const noexcept { return 0; }
  virtual PassResult pass(std::size_t /*part*/) noexcept { return {}; }

  // Before the end, after the last batch: hands over what waits here for another machine, within a bounded time.
  virtual void finish() {}
};

}  // namespace lastbeat
