#include "table/stripe.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "table/stripe_holding.hpp"

namespace lastbeat {
namespace {

// A pass moves the base once it lies this far behind what must be kept.
constexpr Second kRebaseAfter = Second{1} << 21U;

// Fuller than this, a stripe grows when memory is at hand; it gets along without up to about 0.98.
constexpr std::uint64_t grow_above(std::uint32_t lines) { return std::uint64_t{lines} * Line::kLanes * 60 / 64; }
// Emptier than this, it shrinks.
constexpr std::uint64_t shrink_below(std::uint32_t lines) { return std::uint64_t{lines} * Line::kLanes / 2; }

// With more users gone since the last time, the lines are settled: often enough that lookups stay short, and seldom
// enough that the work for each who has gone is small beside that of bringing in another.
constexpr std::uint32_t settle_above(std::uint32_t users) { return users / 16; }

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

}  // namespace

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
    Lines lines = view(index, context);
    announce_and_forget(index, now, lines, context, result);
    announced_ = now;
    static_assert(kLongestRetain + kRebaseAfter < kReach);
    if (now - base_ > context.rules.retain + kRebaseAfter && size_ != 0) {
      result.forgotten += rebase(now - context.rules.retain, lines, context.rules);
    }
    departed_ += static_cast<std::uint32_t>(result.forgotten);
    is_sparse = size_ < shrink_below(lines.count());
    if (!is_sparse && departed_ > settle_above(size_)) {
      lines.settle();
      departed_ = 0;
    }
    holding.count(lines);
  }
  if (result.forgotten != 0) context.budget.give_back(result.forgotten);
  if (is_sparse) shrink(index, context);
  return result;
}

void Stripe::announce_and_forget(std::uint32_t index, Second now, Lines& lines, const StripeContext& context,
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

std::size_t Stripe::rebase(Second base, Lines& lines, const Rules& rules) noexcept {
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

ListResult Stripe::list_online(std::uint32_t index, std::uint64_t from, std::size_t limit, const StripeContext& context,
                               std::vector<UserId>& out) {
  ListResult result;
  std::vector<std::uint64_t> rests;
  std::size_t found = 0;
  for (bool has_room = false; !has_room;) {
    rests.resize(found);  // outside the lock
    Holding holding{mutex_, context.observer};
    has_room = rests.size() >= size_;
    found = size_;
    if (!has_room) continue;
    found = 0;
    Lines lines = view(index, context);
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
    holding.count(lines);
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
