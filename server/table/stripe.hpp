// One stripe of the table: a lock, the users that fall to it, and what has been announced about them.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "table/arena.hpp"
#include "table/budget.hpp"
#include "table/command.hpp"
#include "table/edge.hpp"
#include "table/geometry.hpp"
#include "table/hold_observer.hpp"
#include "table/id_mixer.hpp"
#include "table/line_scan.hpp"
#include "table/lines.hpp"
#include "table/mutex.hpp"
#include "table/published_time.hpp"
#include "table/rules.hpp"

namespace lastbeat {

// What the stripes of a table share. Outlives them.
struct StripeContext {
  const Rules& rules;
  const PublishedTime& time;
  const IdMixer& mixer;
  const Geometry& geometry;
  Arena& arena;
  std::uint32_t most_lines;  // that the arena has room for
  LineScan scan;
  Budget& budget;
  std::atomic<std::uint64_t>& online;  // users announced as online
  EdgeSink* edges;                     // null: nobody asked
  HoldObserver* observer;              // null: nobody asked
};

struct PassResult {
  std::size_t timed_out = 0;  // announced offline
  std::size_t forgotten = 0;  // dropped
  bool waiting = false;       // nothing was done: whoever is told of edges has no room for those of this stripe
};

struct ListResult {
  std::size_t visited = 0;  // lanes looked at
  bool stopped = false;     // at the limit, with more users behind it
};

// Users are known by their rest (see Geometry). `index`: which stripe this is.
// Threads: any; every call does what it does in one hold of the lock and reads the time under it, so that calls are
// ordered and none acts on a second that a pass has already left behind. Under the lock, at most the stripe's own lines
// are copied and no memory is touched for the first time: growing and shrinking prepare outside and are holds of their
// own. 32 bytes, two to a cache line: neighbours hardly ever meet there.
class alignas(32) Stripe {
 public:
  // The longest retain that short stamps can hold, with weeks to spare for passes that cannot run.
  static constexpr Second kLongestRetain = 60 * 24 * 3600;

  // Before anything else, by one thread.
  void start(Second now) noexcept {
    mutex_.lock();
    announced_ = now;
    mutex_.unlock();
  }

  // A heartbeat of a new user may have to wait for memory; nothing else waits for more than the lock.
  [[nodiscard]] Answer execute(const Command& command, std::uint32_t index, std::uint64_t rest,
                               const StripeContext& context) noexcept;
  // execute() in steps, so that lines can be on their way from memory while other users are served.
  // First: where a command will look, to be prefetched. Takes no lock: a guess.
  struct Target {
    Line* line;  // the home line; null when there is none yet
    std::uint64_t remainder;
    std::uint32_t lines;  // that the stripe had
  };
  [[nodiscard]] Target target(std::uint32_t index, std::uint64_t rest, const Geometry& geometry,
                              Line* region) const noexcept {
    const std::uint32_t lines = lines_.load(std::memory_order_relaxed);
    if (lines == 0) [[unlikely]]
      return {.line = nullptr, .remainder = 0, .lines = kNoLines};
    const Geometry::Home home = geometry.home(rest, lines);
    return {.line = region + geometry.line_index(index, home.line), .remainder = home.remainder, .lines = lines};
  }
  // The line that the user lives in who is not at home; null when there is none yet.
  [[nodiscard]] static Line* line_abroad(const Target& target, std::uint32_t index, std::uint64_t rest,
                                         const Geometry& geometry, Line* region) noexcept {
    if (target.line == nullptr) return nullptr;
    const Geometry::Home home = geometry.home(rest, target.lines);
    return region + geometry.line_index(index, Geometry::guest_line(home, target.lines));
  }
  // Then: executes the command if that is quick. Otherwise nothing has been done. kElsewhere: not at home, so try again
  // with the line abroad, once that has come; kSlow: use execute(). Tells no observer.
  enum class Attempt : std::uint8_t { kDone, kElsewhere, kSlow };
  [[nodiscard]] Attempt try_execute(const Command& command, const Target& target, Line* abroad, const Rules& rules,
                                    const PublishedTime& time, Answer& result) noexcept {
    mutex_.lock();
    const Attempt attempt = try_quickly(command, target, abroad, rules, time, result);
    mutex_.unlock();
    return attempt;
  }
  [[nodiscard]] static Line* region(const Arena& arena) noexcept { return reinterpret_cast<Line*>(arena.data()); }

  // Announces every timeout since the last pass, forgets what is old enough, settles the lines when many have gone, and
  // gives memory back. In doubt it does nothing. O(lines), in one hold of the lock: users must not move behind the back
  // of a half-done pass.
  PassResult pass(std::uint32_t index, const StripeContext& context) noexcept;

  // Appends the users with a rest of at least `from` who are online, in the order of their rests, `limit` at most.
  // O(lines). May throw std::bad_alloc.
  ListResult list_online(std::uint32_t index, std::uint64_t from, std::size_t limit, const StripeContext& context,
                         std::vector<UserId>& out);

 private:
  // Short stamps reach this many seconds beyond the base.
  static constexpr std::uint32_t kNoLines = ~std::uint32_t{0};  // of a target: never what a stripe has

  static constexpr Second kReach = ((ShortStamp{1} << Line::kStampBits) - kLeastStamp) / 2 - 1;

  enum class Growth : std::uint8_t { kNone, kAdvisable, kNeeded };
  class Holding;

  [[nodiscard]] Lines view(std::uint32_t index, const StripeContext& context) const noexcept {
    return {context.geometry, region(context.arena), index, lines_.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] Stamp lengthen(ShortStamp stamp) const noexcept LASTBEAT_REQUIRES(mutex_) {
    return stamp == 0 ? Stamp{} : Stamp::from_word(stamp - kLeastStamp + 2 * base_);
  }
  // Requires a stamp that is not before the base.
  [[nodiscard]] ShortStamp shorten(Stamp stamp) const noexcept LASTBEAT_REQUIRES(mutex_) {
    return stamp.word() - 2 * base_ + kLeastStamp;
  }
  // What every short stamp of at least this second reaches.
  [[nodiscard]] ShortStamp bound(Second second) const noexcept LASTBEAT_REQUIRES(mutex_) {
    return second > base_ ? shorten(Stamp::heartbeat(second)) : 0;
  }

  // `abroad`: null in the first attempt.
  [[nodiscard]] Attempt try_quickly(const Command& command, const Target& target, Line* abroad, const Rules& rules,
                                    const PublishedTime& time, Answer& result) noexcept LASTBEAT_REQUIRES(mutex_) {
    if (target.lines != lines_.load(std::memory_order_relaxed)) [[unlikely]]
      return Attempt::kSlow;
    const bool is_status = command.kind == CommandKind::kStatus;
    Line* line = target.line;
    unsigned lane = line->find(target.remainder, false);
    if (lane == Line::kNoLane) {
      if (abroad == nullptr) {
        if (line->has_overflowed() || (!is_status && line->find_free() == Line::kNoLane)) return Attempt::kElsewhere;
      } else {
        line = abroad;
        lane = line->find(target.remainder, true);
      }
    }
    const Moment moment = time.load();
    if (lane == Line::kNoLane) {
      if (!is_status) return Attempt::kSlow;
      result = answer(Stamp{}, announced_, moment, rules);
      return Attempt::kDone;
    }
    const Second now = std::max(moment.now, announced_);
    if (!is_in_reach(now)) [[unlikely]]
      return Attempt::kSlow;
    const ShortStamp fresh = shorten(Stamp::heartbeat(now));
    const ShortStamp old = line->stamp(lane);
    const std::uint32_t age = fresh - old;  // twice the seconds, and odd after a leave; huge when a second was borrowed
    if (std::rotr(age, 1) > rules.ttl) {    // an odd age becomes a huge one
      if (!is_status) return Attempt::kSlow;
      result = answer(lengthen(old), announced_, moment, rules);
      return Attempt::kDone;
    }
    // The user is online now, and hence was at the last announcement: no edge.
    if (is_status) {
      result = {.age_s = age / 2, .presence = Presence::kOnline};
      return Attempt::kDone;
    }
    if (command.kind != CommandKind::kHeartbeat || command.second != Command::kOnArrival) return Attempt::kSlow;
    if (age != 0) line->set_stamp(lane, fresh);
    result = {};
    return Attempt::kDone;
  }
  // Whether short stamps can hold this second, and the next one.
  [[nodiscard]] bool is_in_reach(Second second) const noexcept LASTBEAT_REQUIRES(mutex_) {
    return second - base_ < kReach;
  }

  // What is left to be done once the lock is released.
  struct Unfinished {
    Growth growth = Growth::kNone;
    std::uint32_t lines = 0;  // that the stripe had
  };
  [[nodiscard]] Answer finish(const Command& command, std::uint32_t index, std::uint64_t rest,
                              const StripeContext& context, Answer result, Unfinished unfinished) noexcept;
  [[nodiscard]] Answer write(const Command& command, std::uint64_t rest, Lines& lines, Moment moment,
                             const StripeContext& context, Growth& growth) noexcept LASTBEAT_REQUIRES(mutex_);
  // False: no room for a new user, or none before the stripe has grown.
  [[nodiscard]] bool add(std::uint64_t rest, Stamp stamp, Second now, Lines& lines, const StripeContext& context,
                         Growth& growth) noexcept LASTBEAT_REQUIRES(mutex_);
  // Numbers an edge and counts it.
  [[nodiscard]] Edge make_edge(UserId user, EdgeCause cause, Second second) noexcept LASTBEAT_REQUIRES(mutex_);
  void announce_and_forget(std::uint32_t index, Second now, Lines& lines, const StripeContext& context,
                           PassResult& result) noexcept LASTBEAT_REQUIRES(mutex_);
  // Makes `base` the new base. Who is older than short stamps then reach: forgotten when announced offline, else as old
  // as they reach. Returns how many were forgotten.
  std::size_t rebase(Second base, Lines& lines, const Rules& rules) noexcept LASTBEAT_REQUIRES(mutex_);

  // Adds lines to a stripe that had `lines`. False when that is not possible: not at all when `growth` is kNeeded, not
  // without waiting for memory when it is kAdvisable.
  bool grow(std::uint32_t index, std::uint32_t lines, Growth growth, const StripeContext& context) noexcept;
  void shrink(std::uint32_t index, const StripeContext& context) noexcept;
  // Replaces `from` lines by `to`; false when there are not `from` any more, or somebody would find no place.
  [[nodiscard]] bool rebuild(std::uint32_t index, std::uint32_t from, std::uint32_t to, Lines::Copy& copy,
                             const StripeContext& context) noexcept;
  // Room for a copy of so many lines; null when there is no memory for it. Never called with a lock held.
  [[nodiscard]] static Lines::Copy* scratch(std::uint32_t lines) noexcept;

  Mutex mutex_;
  std::atomic<std::uint32_t> lines_{0};                 // written under the lock
  std::uint32_t size_ LASTBEAT_GUARDED_BY(mutex_) = 0;  // users
  Second announced_ LASTBEAT_GUARDED_BY(mutex_) =
      0;                                         // is_on(stamp, announced_) is what has been announced about a user
  Second base_ LASTBEAT_GUARDED_BY(mutex_) = 0;  // of short stamps; before the second of every user here
  std::uint32_t departed_ LASTBEAT_GUARDED_BY(mutex_) = 0;  // users forgotten since the lines were settled or rebuilt
  std::uint64_t edges_made_ LASTBEAT_GUARDED_BY(mutex_) = 0;
};
static_assert(sizeof(Stripe) == 32);

}  // namespace lastbeat
