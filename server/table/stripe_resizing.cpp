// How a stripe grows and shrinks: memory first, outside the lock, then one hold in which everybody is moved.
#include <algorithm>
#include <new>

#include "table/stripe.hpp"
#include "table/stripe_holding.hpp"

namespace lastbeat {
namespace {

// What a sparse stripe shrinks to.
constexpr std::uint32_t shrunk_lines(std::uint32_t users) {
  return Geometry::whole_chunks(
      static_cast<std::uint32_t>((std::uint64_t{users} * 8 / 7 + Line::kLanes - 1) / Line::kLanes));
}

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
  if (done) {
    lines_.store(to, std::memory_order_relaxed);
    departed_ = 0;
  }
  holding.count(lines);
  return done;
}

}  // namespace lastbeat
