// How a table executes one ordered span of commands: many accesses to memory under way at once.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "table/command.hpp"
#include "table/geometry.hpp"
#include "table/stripe.hpp"

namespace lastbeat {

// Commands pass through a pipeline: first the header of the stripe is asked for, then the line, by what the header
// says, then the command is executed. Each stage takes a block of commands in a short loop of its own, or the processor
// would not see the next access while it waits for this one. One command in seven needs a second line and is put off to
// the end of the next block, with all later ones of its user. Lives for one batch, on one thread's stack; what it is
// given outlives it.
// What a loop reads over and over is copied out of the members first: a line is written in bytes, which may be any
// object for all the compiler knows, and each lock keeps it from holding on to what it has read.
class BatchExecution {
 public:
  // Requires spans of equal size.
  // NOLINTNEXTLINE(*-member-init): slots are written before they are read, and clearing them would cost a small batch
  BatchExecution(std::span<const Command> commands, std::span<Answer> answers, Stripe* stripes,
                 const StripeContext& context) noexcept
      : commands_{commands}, answers_{answers}, stripes_{stripes}, context_{context} {}

  // On every processor.
  void run_portably() noexcept;
  // The same with the instructions that this processor has.
  void run() noexcept;

 private:
  static constexpr std::size_t kBlock = 32;

  struct Slot {
    std::uint64_t key;
    Stripe* stripe;
    Stripe::Target target;
  };
  // Commands of one block that wait for a second line, in their order.
  struct Waiting {
    std::uint64_t key;
    std::size_t command;
    Stripe::Target target;
    Line* abroad;
  };
  struct Deferred {  // NOLINT(*-member-init): as above
    std::array<Waiting, kBlock> commands;
    std::size_t size = 0;
    std::uint64_t marks = 0;  // bit `key mod 64` of each
  };

  // The slots of the block that begins with this command.
  [[nodiscard]] Slot* slots_from(std::size_t begin) noexcept { return &slots_[begin % slots_.size()]; }
  void run_stages() noexcept;
  void run_with_bmi2() noexcept;
  // A batch of one has nothing to overlap with, and costs half as much without the stages.
  void execute_alone() noexcept;
  void ask_for_headers(std::size_t begin, std::size_t end) noexcept;
  void ask_for_lines(std::size_t begin, std::size_t end) noexcept;
  // A processor may drop a prefetch when it has too many accesses under way; one for what is there costs next to
  // nothing.
  void ask_for_lines_again(std::size_t begin, std::size_t end) noexcept;
  void execute(std::size_t begin, std::size_t end) noexcept;
  void execute_deferred(Deferred& deferred) noexcept;
  void defer(std::size_t command, const Slot& slot) noexcept;
  // Whether an earlier command of this user waits.
  [[nodiscard]] bool is_behind(std::uint64_t key) const noexcept {
    return waits(*earlier_, key) || waits(*current_, key);
  }
  [[nodiscard]] static bool waits(const Deferred& deferred, std::uint64_t key) noexcept;
  void execute_slowly(std::size_t command, std::uint64_t key) noexcept;

  const std::span<const Command> commands_;
  const std::span<Answer> answers_;
  Stripe* const stripes_;
  const StripeContext& context_;
  std::array<Slot, 4 * kBlock> slots_;  // a ring: the blocks in the three stages, and a power of two
  std::array<Deferred, 2> deferred_;
  Deferred* earlier_ = &deferred_[0];  // of the block before the one that is executed
  Deferred* current_ = &deferred_[1];  // of that one
};

}  // namespace lastbeat
