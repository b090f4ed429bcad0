// The pulse table: every user's stamp, in lock-striped hash maps. docs/table.md draws it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "table/arena.hpp"
#include "table/budget.hpp"
#include "table/command.hpp"
#include "table/edge.hpp"
#include "table/geometry.hpp"
#include "table/hold_observer.hpp"
#include "table/id_mixer.hpp"
#include "table/published_time.hpp"
#include "table/rules.hpp"
#include "table/stripe.hpp"

namespace lastbeat {

struct TableConfig {
  Rules rules;
  std::uint64_t max_users = std::numeric_limits<std::uint64_t>::max();
  unsigned stripe_bits = 15;  // 2^stripe_bits stripes
  // User ids are below 2^id_bits. Fewer than 64 are for tests: in a small world few users fill many lines.
  unsigned id_bits = 64;
  // The key that ids are mixed with comes from this, for tests that must repeat; else from the operating system.
  std::optional<std::uint64_t> mixer_seed = std::nullopt;
  HoldObserver* observer = nullptr;  // told of every hold of a lock; outlives the table
  bool portable = false;             // only instructions that every processor has; the same answers, more slowly
};

// One page of the online users. They are listed in the order of their mixed ids, which no growing, shrinking or moving
// changes: whoever is online throughout the listing is listed exactly once.
struct OnlinePage {
  std::vector<UserId> users;
  std::uint64_t next_cursor = 0;
  bool more = false;
};

// Knows no sockets and reads no clock: the time is what `time` says at the moment a stripe's lock is held.
// Threads: any call from any thread. A call holds one lock at a time, so it cannot deadlock.
class Table {
 public:
  // Requires 1 <= ttl <= retain <= Stripe::kLongestRetain, a sound Geometry, and a `time` that is above retain, so that
  // no age reaches below zero; throws std::invalid_argument otherwise, std::bad_alloc without memory. `time`, and
  // `edges` if given, outlive the table. `edges` is told every edge; null: nobody asked.
  Table(const TableConfig& config, const PublishedTime& time, EdgeSink* edges = nullptr);

  // Executes the commands in order; answers[i] is what commands[i] gets. Requires spans of equal size. One lock a
  // command; memory is asked for ahead, so that a batch of dozens costs a fraction of as many single calls.
  void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept;

  // A pass over one stripe: announces timeouts, forgets, gives memory back. Visit all stripes once a second.
  PassResult pass_stripe(std::size_t stripe) noexcept {
    return stripes_[stripe].pass(static_cast<std::uint32_t>(stripe), context_);
  }
  [[nodiscard]] std::size_t stripe_count() const noexcept { return geometry_.stripe_count(); }

  // Users announced as online: exact when no edge is being made meanwhile.
  [[nodiscard]] std::uint64_t online() const noexcept { return online_.load(std::memory_order_relaxed); }
  // Users held, left and not yet forgotten ones included.
  [[nodiscard]] std::uint64_t entries() const noexcept { return budget_.used(); }

  [[nodiscard]] std::uint64_t max_users() const noexcept { return budget_.limit(); }

  // Memory that holds users, whole units of the arena.
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return arena_.ready_bytes(); }

  // At most `limit` (at least 1) users who are online, from `cursor` (0: from the beginning) on; fewer, or none, when a
  // page's share of work is done. One lock at a time. May throw std::bad_alloc.
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit);

 private:
  // Cursors go to clients, who must not learn how ids are mixed: they get the key turned back into an id. Cursor 0 is
  // key 0.
  [[nodiscard]] std::uint64_t cursor_of(std::uint64_t key) const noexcept {
    return static_cast<std::uint64_t>(mixer_.unmix(key)) ^ static_cast<std::uint64_t>(mixer_.unmix(0));
  }
  [[nodiscard]] std::uint64_t key_of(std::uint64_t cursor) const noexcept {
    return mixer_.mix(UserId{cursor ^ static_cast<std::uint64_t>(mixer_.unmix(0))});
  }

  const Rules rules_;
  const Geometry geometry_;
  const IdMixer mixer_;
  Budget budget_;
  std::atomic<std::uint64_t> online_{0};
  Arena arena_;
  const StripeContext context_;
  const bool is_portable_;
  std::vector<Stripe> stripes_;
};

}  // namespace lastbeat
