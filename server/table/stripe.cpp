#include "table/stripe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <new>

namespace lastbeat {
namespace {

// A pass moves the base once it lies this far behind what must be kept.
constexpr Second kRebaseAfter = Second{1} << 21U;

// Fuller than this, a stripe grows when memory is at hand; it gets along without up to about 0.98.
constexpr std::uint64_t grow_above(std::uint32_t lines) { return std::uint64_t{lines} * Line::kLanes * 60 / 64; }
// Emptier than this, it shrinks to `shrunk_lines`.
constexpr std::uint64_t shrink_below(std::uint32_t lines) { return std::uint64_t{lines} * Line::kLanes / 2; }
constexpr std::uint32_t shrunk_lines(std::uint32_t users) {
  return Geometry::whole_chunks(
      static_cast<std::uint32_t>((std::uint64_t{users} * 8 / 7 + Line::kLanes - 1) / Line::kLanes));
}

// Gathers the edges of one lock hold and hands them on, kCapacity at once.
template <std::size_t kCapacity>
class EdgeBatch {
 public:
  explicit EdgeBatch(EdgeSink* sink) noexcept : sink_{sink} {}
  ~EdgeBatch() { flush(); }
  EdgeBatch(const EdgeBatch&) = delete;
  EdgeBatch& operator=(const EdgeBatch&) = delete;
  void add(const Edge& edge) noexcept {
    edges_[size_++] = edge;
    if (size_ == edges_.size()) flush();
  }

 private:
  void flush() noexcept {
    if (size_ != 0 && sink_ != nullptr) sink_->take({edges_.data(), size_});
    size_ = 0;
  }

  EdgeSink* sink_;
  std::size_t size_ = 0;
  std::array<Edge, kCapacity> edges_;
};

// Units of the arena that the chunks of lines [from, to) of a stripe lie in.
template <class Visit>
bool for_each_unit(const Geometry& geometry, std::uint32_t index, std::uint32_t from, std::uint32_t to, Visit visit) {
  for (std::uint32_t line = from; line < to; line = Geometry::chunk_end(line)) {
    if (!visit(geometry.line_index(index, line) * sizeof(Line) / Arena::kUnitBytes)) return false;
  }
  return true;
}

void release_units(const StripeContext& context, std::uint32_t index, std::uint32_t from, std::uint32_t to) {
  for_each_unit(context.geometry, index, from, to, [&](std::size_t unit) {
    context.arena.release(unit);
    return true;
  });
}

}  // namespace

// The lock, and word to an observer of what was done under it.
class LASTBEAT_THREAD_ANNOTATION(scoped_lockable) Stripe::Holding {
 public:
  Holding(Mutex& mutex, HoldObserver* observer) noexcept LASTBEAT_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_{mutex}, observer_{observer} {
    mutex_.lock();
    if (observer_ != nullptr) observer_->locked();
  }
  ~Holding() LASTBEAT_THREAD_ANNOTATION(release_capability()) {
    if (observer_ != nullptr) observer_->unlocking(hold_);
    mutex_.unlock();
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  void count(const Lines& lines) noexcept { hold_ = {lines.touched(), lines.moved()}; }

 private:
  Mutex& mutex_;
  HoldObserver* observer_;
  Hold hold_;
};

Answer Stripe::execute(const Command& command, std::uint32_t index, std::uint64_t rest,
                       const StripeContext& context) noexcept {
  Unfinished unfinished;
  Answer result;
  {
    Holding holding{mutex_, context.observer};
    const Moment moment = context.time.load();
    Lines lines = view(index, context);
    unfinished.lines = lines.count();
    if (command.kind == CommandKind::kStatus) {
      result = answer(lengthen(lines.find(rest).stamp()), announced_, moment, context.rules);
    } else {
      result = write(command, rest, lines, moment, context, unfinished.growth);
    }
    holding.count(lines);
  }
  return unfinished.growth == Growth::kNone ? result : finish(command, index, rest, context, result, unfinished);
}

Answer Stripe::finish(const Command& command, std::uint32_t index, std::uint64_t rest, const StripeContext& context,
                      Answer result, Unfinished unfinished) noexcept {
  const bool has_grown = grow(index, unfinished.lines, unfinished.growth, context);
  // Each turn adds lines, or somebody else did: it ends.
  return unfinished.growth == Growth::kNeeded && has_grown ? execute(command, index, rest, context) : result;
}

Answer Stripe::write(const Command& command, std::uint64_t rest, Lines& lines, Moment moment,
                     const StripeContext& context, Growth& growth) noexcept {
  const Second now = std::max(moment.now, announced_);
  if (!is_in_reach(now) && size_ != 0) [[unlikely]] {
    // No pass for weeks, because the process was stopped: who was online then keeps a stamp too old to count.
    context.budget.give_back(rebase(now - context.rules.retain - 1, lines, context.rules));
  }
  const Lines::Place place = lines.find(rest);
  const Stamp old = lengthen(place.stamp());
  const Write write = apply(command, old, announced_, moment, context.rules);
  if (write.too_old) return {.outcome = Outcome::kTooOld};
  if (write.stamp != old) {
    if (!place.is_none()) [[likely]] {
      place.line->set_stamp(place.lane, shorten(write.stamp));
    } else if (!add(rest, write.stamp, now, lines, context, growth)) {
      // A leave without room changes no answer: nobody is online who is not held.
      return {.outcome = command.kind == CommandKind::kLeave ? Outcome::kDone : Outcome::kRefused};
    }
  }
  if (write.timed_out || write.flipped) {
    EdgeBatch<2> edges{context.edges};
    if (write.timed_out) {
      edges.add(make_edge(command.user, EdgeCause::kTimeout, timeout_second(old, context.rules)));
      context.online.fetch_sub(1, std::memory_order_relaxed);
    }
    if (write.flipped) {
      const bool left = write.stamp.is_left();
      edges.add(make_edge(command.user, left ? EdgeCause::kLeave : EdgeCause::kHeartbeat, now));
      context.online.fetch_add(left ? ~std::uint64_t{0} : 1, std::memory_order_relaxed);
    }
  }
  return {};
}

bool Stripe::add(std::uint64_t rest, Stamp stamp, Second now, Lines& lines, const StripeContext& context,
                 Growth& growth) noexcept {
  if (!context.budget.take()) return false;
  if (size_ == 0) base_ = now - context.rules.retain;  // whatever comes is at most a ttl old
  if (!lines.insert(rest, shorten(stamp))) {
    context.budget.give_back(1);
    growth = Growth::kNeeded;
    return false;
  }
  ++size_;
  if (size_ > grow_above(lines.count())) growth = Growth::kAdvisable;
  return true;
}

Edge Stripe::make_edge(UserId user, EdgeCause cause, Second second) noexcept {
  return {.user = user, .number = ++edges_made_, .second = second, .cause = cause};
}

PassResult Stripe::pass(std::uint32_t index, const StripeContext& context) noexcept {
  PassResult result;
  bool is_sparse = false;
  {
    Holding holding{mutex_, context.observer};
    const Moment moment = context.time.load();
    if (moment.in_doubt()) return result;
    if (context.edges != nullptr && context.edges->room() < size_) return {.waiting = true};
    const Second now = std::max(moment.now, announced_);
    const Lines lines = view(index, context);
    announce_and_forget(index, now, lines, context, result);
    announced_ = now;
    static_assert(kLongestRetain + kRebaseAfter < kReach);
    if (now - base_ > context.rules.retain + kRebaseAfter && size_ != 0) {
      result.forgotten += rebase(now - context.rules.retain, lines, context.rules);
    }
    is_sparse = size_ < shrink_below(lines.count());
    holding.count(lines);
  }
  if (result.forgotten != 0) context.budget.give_back(result.forgotten);
  if (is_sparse) shrink(index, context);
  return result;
}

void Stripe::announce_and_forget(std::uint32_t index, Second now, const Lines& lines, const StripeContext& context,
                                 PassResult& result) noexcept {
  if (lines.count() == 0) return;
  const Rules& rules = context.rules;
  const ScanWindow window{.forget_below = bound(now - rules.retain),
                          .announce_from = bound(announced_ - rules.ttl),
                          .announce_below = bound(now - rules.ttl)};
  const Geometry::Inverse inverse{context.geometry, lines.count()};
  EdgeBatch<EdgeSink::kMostAtOnce> edges{context.edges};
  for (std::uint32_t i = 0; i < lines.count(); i = Geometry::chunk_end(i)) {
    const Lines::Chunk chunk = lines.chunk(i);
    ScanHit hit = context.scan(chunk.lines, 0, chunk.size, window);
    for (; hit.line < chunk.size; hit = context.scan(chunk.lines, hit.line + 1, chunk.size, window)) {
      Line& line = chunk.lines[hit.line];
      for (unsigned lanes = hit.lanes; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<unsigned>(std::countr_zero(lanes));
        const Stamp stamp = lengthen(line.stamp(lane));
        if (is_on(stamp, announced_, rules) && !is_on(stamp, now, rules)) {
          ++result.timed_out;
          if (context.edges != nullptr) {
            const std::uint64_t rest = lines.rest_at(line, i + static_cast<std::uint32_t>(hit.line), lane, inverse);
            const UserId user = context.mixer.unmix(context.geometry.key(index, rest));
            edges.add(make_edge(user, EdgeCause::kTimeout, timeout_second(stamp, rules)));
          }
        }
        if (is_forgettable(stamp, now, rules)) {
          ++result.forgotten;
          --size_;
          line.clear(lane);
        }
      }
    }
  }
  if (context.edges == nullptr) edges_made_ += result.timed_out;
  if (result.timed_out != 0) context.online.fetch_sub(result.timed_out, std::memory_order_relaxed);
}

std::size_t Stripe::rebase(Second base, const Lines& lines, const Rules& rules) noexcept {
  std::size_t forgotten = 0;
  for (std::uint32_t i = 0; i < lines.count(); i = Geometry::chunk_end(i)) {
    const Lines::Chunk chunk = lines.chunk(i);
    for (Line* line = chunk.lines; line != chunk.lines + chunk.size; ++line) {
      for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
        const ShortStamp old = line->stamp(lane);
        if (old == 0) continue;
        const Stamp stamp = lengthen(old);
        if (stamp.second() >= base) {
          line->set_stamp(lane, stamp.word() - 2 * base + kLeastStamp);
        } else if (is_on(stamp, announced_, rules)) {
          line->set_stamp(lane, kLeastStamp);
        } else {
          line->clear(lane);
          ++forgotten;
        }
      }
    }
  }
  size_ -= static_cast<std::uint32_t>(forgotten);
  base_ = base;
  return forgotten;
}

bool Stripe::grow(std::uint32_t index, std::uint32_t lines, Growth growth, const StripeContext& context) noexcept {
  Lines::Copy* const copy = scratch(lines);
  if (copy == nullptr) return false;
  // One step is nearly always enough; a stripe of few lines may have users of unlucky ids who need another.
  constexpr int kMostSteps = 8;
  std::uint32_t held = lines;  // units of all lines before this one are held
  std::uint32_t target = std::max(context.geometry.least_lines(), Geometry::chunk_end(lines));
  for (int step = 0; step < kMostSteps && target <= context.most_lines; ++step, target = Geometry::chunk_end(target)) {
    const bool has_memory = for_each_unit(context.geometry, index, held, target, [&](std::size_t unit) {
      if (!(growth == Growth::kNeeded ? context.arena.hold(unit) : context.arena.try_hold(unit))) return false;
      held = Geometry::chunk_end(held);
      return true;
    });
    if (!has_memory) break;
    if (rebuild(index, lines, target, *copy, context)) return true;
    if (lines_.load(std::memory_order_relaxed) != lines) {  // another thread has been at it
      release_units(context, index, lines, held);
      return true;
    }
  }
  release_units(context, index, lines, held);
  return false;
}

void Stripe::shrink(std::uint32_t index, const StripeContext& context) noexcept {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  {
    const Holding holding{mutex_, context.observer};
    from = lines_.load(std::memory_order_relaxed);
    to = size_ == 0 ? 0 : std::max(shrunk_lines(size_), context.geometry.least_lines());
  }
  if (to >= from) return;
  Lines::Copy* const copy = scratch(from);
  if (copy == nullptr || !rebuild(index, from, to, *copy, context)) return;
  release_units(context, index, to, from);
}

// One for each thread that has ever grown or shrunk a stripe; as large as the largest of these.
Lines::Copy* Stripe::scratch(std::uint32_t lines) noexcept {
  static thread_local Lines::Copy copy;
  try {
    copy.prepare(lines);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  return &copy;
}

bool Stripe::rebuild(std::uint32_t index, std::uint32_t from, std::uint32_t to, Lines::Copy& copy,
                     const StripeContext& context) noexcept {
  Holding holding{mutex_, context.observer};
  Lines lines = view(index, context);
  if (lines.count() != from) return false;
  const bool done = lines.rebuild(to, copy);
  if (done) lines_.store(to, std::memory_order_relaxed);
  holding.count(lines);
  return done;
}

ListResult Stripe::list_online(std::uint32_t index, std::uint64_t from, std::size_t limit, const StripeContext& context,
                               std::vector<UserId>& out) {
  ListResult result;
  std::vector<std::uint64_t> rests;
  std::size_t found = 0;
  for (bool has_room = false; !has_room;) {
    rests.resize(found);  // outside the lock
    const Holding holding{mutex_, context.observer};
    has_room = rests.size() >= size_;
    found = size_;
    if (!has_room) continue;
    found = 0;
    const Lines lines = view(index, context);
    if (lines.count() == 0) continue;
    const Second now = std::max(context.time.load().now, announced_);
    const Geometry::Inverse inverse{context.geometry, lines.count()};
    result.visited = std::size_t{lines.count()} * Line::kLanes;
    for (std::uint32_t i = 0; i < lines.count(); i = Geometry::chunk_end(i)) {
      const Lines::Chunk chunk = lines.chunk(i);
      for (std::uint32_t j = 0; j < chunk.size; ++j) {
        for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
          if (!is_on(lengthen(chunk.lines[j].stamp(lane)), now, context.rules)) continue;
          const std::uint64_t rest = lines.rest_at(chunk.lines[j], i + j, lane, inverse);
          if (rest >= from) rests[found++] = rest;
        }
      }
    }
  }
  rests.resize(found);
  result.stopped = rests.size() > limit;
  if (result.stopped) {
    std::nth_element(rests.begin(), rests.begin() + static_cast<std::ptrdiff_t>(limit), rests.end());
    rests.resize(limit);
  }
  std::sort(rests.begin(), rests.end());
  for (const std::uint64_t rest : rests) out.push_back(context.mixer.unmix(context.geometry.key(index, rest)));
  return result;
}

}  // namespace lastbeat
