// The presence table: every user's stamp, in lock-striped hash maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "table/budget.hpp"
#include "table/command.hpp"
#include "table/edge.hpp"
#include "table/id_mixer.hpp"
#include "table/published_time.hpp"
#include "table/rules.hpp"
#include "table/stripe.hpp"

namespace lastbeat {

struct TableConfig {
  Rules rules;
  std::uint64_t max_users = std::numeric_limits<std::uint64_t>::max();
  unsigned stripe_bits = 10;  // 2^stripe_bits stripes, 0 to 16
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
  // Requires 1 <= ttl <= retain and stripe_bits <= 16; throws std::invalid_argument otherwise. `time`, and `edges` if
  // given, outlive the table. `edges` is told every edge; null: nobody asked.
  Table(const TableConfig& config, const PublishedTime& time, EdgeSink* edges = nullptr);

  // Executes the commands in order; answers[i] is what commands[i] gets. Requires spans of equal size. One lock a
  // command.
  void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept;

  // A pass over one stripe: announces timeouts, forgets, gives memory back. Visit all stripes once a second.
  PassResult pass_stripe(std::size_t stripe) noexcept { return stripes_[stripe].pass(context_); }
  [[nodiscard]] std::size_t stripe_count() const noexcept { return std::size_t{1} << stripe_bits_; }

  // Users announced as online. Visits the stripes in turn without their locks: exact when nothing happens meanwhile.
  [[nodiscard]] std::uint64_t online() const noexcept;
  // Users held, left and not yet forgotten ones included.
  [[nodiscard]] std::uint64_t entries() const noexcept { return budget_.used(); }

  // At most `limit` (at least 1) users who are online, from `cursor` (0: from the beginning) on; fewer, or none, when a
  // page's share of work is done. One lock at a time. May throw std::bad_alloc.
  [[nodiscard]] OnlinePage list_online(std::uint64_t cursor, std::size_t limit);

 private:
  [[nodiscard]] std::size_t stripe_of(std::uint64_t key) const noexcept {
    return stripe_bits_ == 0 ? 0 : static_cast<std::size_t>(key >> (64U - stripe_bits_));
  }

  const Rules rules_;
  const unsigned stripe_bits_;
  const IdMixer mixer_;
  Budget budget_;
  const StripeContext context_;
  std::deque<Stripe> stripes_;  // a deque, because stripes cannot move
};

}  // namespace lastbeat
