// One stripe of the table: a lock, the users that fall to it, and what has been announced about them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "table/budget.hpp"
#include "table/command.hpp"
#include "table/edge.hpp"
#include "table/id_mixer.hpp"
#include "table/mutex.hpp"
#include "table/published_time.hpp"
#include "table/rules.hpp"
#include "table/slots.hpp"

namespace lastbeat {

// What the stripes of a table share. Outlives them.
struct StripeContext {
  const Rules& rules;
  const PublishedTime& time;
  const IdMixer& mixer;
  Budget& budget;
  EdgeSink* edges;  // null: nobody asked
};

struct PassResult {
  std::size_t timed_out = 0;  // announced offline
  std::size_t forgotten = 0;  // dropped
};

struct ListResult {
  std::size_t visited = 0;  // slots looked at
  bool stopped = false;     // at the limit, with more users behind it
};

// Keys are mixed ids whose top bits chose this stripe.
// Threads: any; every call holds the lock from beginning to end and reads the time under it, so that calls are ordered
// and none acts on a second that a pass has already left behind.
class alignas(64) Stripe {
 public:
  Stripe(unsigned stripe_bits, Second start) noexcept : announced_{start}, slots_{stripe_bits} {}

  [[nodiscard]] Answer execute(const Command& command, std::uint64_t key, const StripeContext& context) noexcept;

  // Announces every timeout since the last pass, forgets what is old enough, and gives memory back. In doubt it does
  // nothing. O(capacity), in one hold of the lock: entries must not move behind the back of a half-done pass.
  PassResult pass(const StripeContext& context) noexcept;

  // Appends the users with a key of at least `from` who are online, in the order of their keys, `limit` at most.
  // O(capacity).
  ListResult list_online(std::uint64_t from, std::size_t limit, const StripeContext& context, std::vector<UserId>& out);

  // Users announced as online. Never waits for the lock.
  [[nodiscard]] std::uint64_t online() const noexcept { return online_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] Answer write(const Command& command, std::uint64_t key, Moment moment, const StripeContext& context)
      LASTBEAT_REQUIRES(mutex_);
  // Whether `stamp` is held now; false: no room for a new user.
  [[nodiscard]] bool hold(std::uint64_t key, Stamp old, Stamp stamp, Budget& budget) LASTBEAT_REQUIRES(mutex_);
  // Numbers an edge and counts it.
  [[nodiscard]] Edge make_edge(UserId user, EdgeCause cause, Second second) LASTBEAT_REQUIRES(mutex_);
  void announce_timeouts(Second now, const StripeContext& context, PassResult& result) LASTBEAT_REQUIRES(mutex_);

  Mutex mutex_;
  Second announced_ LASTBEAT_GUARDED_BY(mutex_);  // is_on(stamp, announced_) is what has been announced about a user
  std::uint64_t edges_made_ LASTBEAT_GUARDED_BY(mutex_) = 0;
  Slots slots_ LASTBEAT_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> online_{0};  // written under the lock
};

}  // namespace lastbeat
