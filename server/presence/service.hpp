// What listeners talk to: presence questions in batches, and what is to be known about this server.
#pragma once

#include <cstdint>
#include <span>

#include "presence/clock.hpp"
#include "presence/sweeper.hpp"
#include "store/store.hpp"

namespace lastbeat {

// Binds the rules, the clock and a store together. Owns none of them.
// Threads: any.
class PresenceService {
 public:
  PresenceService(const Rules& rules, std::uint64_t life, Clock& clock, Store& store, const Sweeper& sweeper) noexcept
      : rules_{rules}, life_{life}, clock_{clock}, store_{store}, sweeper_{sweeper} {}

  // Reads the clock and publishes the second, so that a batch is judged by the time it arrived. Call before turning
  // ages of that batch into seconds and executing it.
  [[nodiscard]] BootTime arrive() noexcept {
    const BootTime now = read_boot_time();
    clock_.advance(now);
    return now;
  }
  [[nodiscard]] Clock::Past before(BootTime arrival, protocol::Age age) const noexcept {
    return clock_.before(arrival, age);
  }
  // See Store::execute.
  void execute(std::span<const Command> commands, std::span<Answer> answers, BatchCompletion& done) {
    store_.execute(commands, answers, done);
  }

  [[nodiscard]] std::uint64_t online() const noexcept { return store_.online(); }
  [[nodiscard]] std::uint64_t entries() const noexcept { return store_.entries(); }
  [[nodiscard]] std::uint64_t max_entries() const noexcept { return store_.max_entries(); }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return store_.memory_bytes(); }
  [[nodiscard]] RemoteFigures remote() const noexcept { return store_.remote(); }
  [[nodiscard]] bool can_count() const noexcept { return store_.can_count(); }
  [[nodiscard]] bool can_list() const noexcept { return store_.can_list(); }
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit) {
    return store_.list_online(cursor, limit);
  }

  [[nodiscard]] const Rules& rules() const noexcept { return rules_; }
  [[nodiscard]] std::uint64_t life() const noexcept { return life_; }  // random, new at every start
  [[nodiscard]] Second doubt_left() const noexcept { return clock_.doubt_left(); }
  [[nodiscard]] SweepStats sweep() const noexcept { return sweeper_.stats(); }

 private:
  const Rules rules_;
  const std::uint64_t life_;
  Clock& clock_;
  Store& store_;
  const Sweeper& sweeper_;
};

}  // namespace lastbeat
