#include "table/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <stdexcept>

namespace lastbeat {
namespace {

// Keeps one page short for whoever waits behind it, also when nearly nobody is online: less than a millisecond.
constexpr std::size_t kMostLanesAPage = std::size_t{1} << 18U;
// What looking into a stripe costs at least, in lanes.
constexpr std::size_t kLanesAStripe = 4;

const TableConfig& checked(const TableConfig& config) {
  const Rules& rules = config.rules;
  if (rules.ttl < 1 || rules.retain < rules.ttl || rules.retain > Stripe::kLongestRetain) {
    throw std::invalid_argument("the table needs 1 s <= ttl <= retain <= 60 days");
  }
  if (!Geometry::is_sound(config.stripe_bits, config.id_bits)) {
    throw std::invalid_argument("the table has no geometry for so many stripes and bits of an id");
  }
  return config;
}

std::size_t region_bytes(const Geometry& geometry, std::uint32_t lines) {
  return geometry.stripe_count() * lines * sizeof(Line);
}

// The most lines of every stripe that lie in the arena.
std::uint32_t most_lines(const Geometry& geometry, const Arena& arena) {
  std::uint32_t lines = geometry.most_lines();
  while (region_bytes(geometry, lines) > arena.size_bytes()) lines /= 2;
  return lines;
}

}  // namespace

Table::Table(const TableConfig& config, const PublishedTime& time, EdgeSink* edges)
    : rules_{checked(config).rules},
      geometry_{config.stripe_bits, config.id_bits},
      mixer_{config.id_bits},
      budget_{config.max_users},
      arena_{region_bytes(geometry_, geometry_.most_lines()), region_bytes(geometry_, geometry_.least_lines())},
      context_{.rules = rules_,
               .time = time,
               .mixer = mixer_,
               .geometry = geometry_,
               .arena = arena_,
               .most_lines = most_lines(geometry_, arena_),
               .scan = best_line_scan(),
               .budget = budget_,
               .online = online_,
               .edges = edges,
               .observer = config.observer},
      stripes_(geometry_.stripe_count()) {
  const Second start = time.load().now;
  for (Stripe& stripe : stripes_) stripe.start(start);
}

// Commands pass through a pipeline, so that many accesses to memory are under way at once: first the header of the
// stripe is asked for, then the line, by what the header says, then the command is executed. Each stage takes a block
// of commands in a short loop of its own, or the processor would not see the next access while it waits for this one.
// One command in seven needs a second line and is put off to the end of its block, with all later ones of its user.
void Table::execute(std::span<const Command> commands, std::span<Answer> answers) noexcept {
  assert(commands.size() == answers.size());
  constexpr std::size_t kBlock = 16;
  // Rings, written before they are read.
  std::array<std::uint64_t, 4 * kBlock> keys;      // NOLINT(*-member-init)
  std::array<Stripe::Target, 2 * kBlock> targets;  // NOLINT(*-member-init)
  const auto key_of = [&](std::size_t i) -> std::uint64_t& { return keys[i % keys.size()]; };
  const auto target_of = [&](std::size_t i) -> Stripe::Target& { return targets[i % targets.size()]; };

  const std::size_t size = commands.size();
  for (std::size_t first = 0; first < size + 2 * kBlock; first += kBlock) {
    for (std::size_t i = first; i < std::min(first + kBlock, size); ++i) {
      key_of(i) = mixer_.mix(commands[i].user);
      __builtin_prefetch(&stripes_[geometry_.stripe(key_of(i))], 1);
    }
    if (first < kBlock) continue;
    for (std::size_t i = first - kBlock; i < std::min(first, size); ++i) {
      const std::uint32_t stripe = geometry_.stripe(key_of(i));
      target_of(i) = stripes_[stripe].home(stripe, geometry_.rest(key_of(i)), context_);
      __builtin_prefetch(target_of(i).line, 1);
    }
    if (first < 2 * kBlock) continue;
    std::array<std::size_t, kBlock> deferred;  // NOLINT(*-member-init): written before it is read
    std::size_t deferred_size = 0;
    for (std::size_t i = first - 2 * kBlock; i < std::min(first - kBlock, size); ++i) {
      const std::uint64_t key = key_of(i);
      const std::uint32_t stripe = geometry_.stripe(key);
      bool is_behind = false;  // an earlier command of its user
      for (std::size_t j = 0; j < deferred_size; ++j) is_behind |= key_of(deferred[j]) == key;
      const auto attempt = is_behind ? Stripe::Attempt::kElsewhere
                                     : stripes_[stripe].try_execute(commands[i], target_of(i), context_, answers[i]);
      if (attempt == Stripe::Attempt::kElsewhere) {
        target_of(i) = stripes_[stripe].abroad(stripe, geometry_.rest(key), context_);
        __builtin_prefetch(target_of(i).line, 1);
        deferred[deferred_size++] = i;
      } else if (attempt == Stripe::Attempt::kSlow) {
        answers[i] = stripes_[stripe].execute(commands[i], stripe, geometry_.rest(key), context_);
      }
    }
    for (std::size_t j = 0; j < deferred_size; ++j) {
      const std::size_t i = deferred[j];
      const std::uint64_t key = key_of(i);
      const std::uint32_t stripe = geometry_.stripe(key);
      if (stripes_[stripe].try_execute(commands[i], target_of(i), context_, answers[i]) != Stripe::Attempt::kDone) {
        answers[i] = stripes_[stripe].execute(commands[i], stripe, geometry_.rest(key), context_);
      }
    }
  }
}

OnlinePage Table::list_online(std::uint64_t cursor, std::size_t limit) {
  OnlinePage page;
  std::size_t visited = 0;
  const std::uint64_t first = key_of(cursor);
  std::uint64_t from = geometry_.rest(first);
  for (std::uint32_t i = geometry_.stripe(first); i < stripe_count(); ++i) {
    if (visited >= kMostLanesAPage) {
      page.next_cursor = cursor_of(geometry_.key(i, 0));
      page.more = true;
      break;
    }
    const ListResult listed = stripes_[i].list_online(i, from, limit - page.users.size(), context_, page.users);
    visited += kLanesAStripe + listed.visited;
    if (listed.stopped) {
      page.next_cursor = cursor_of(page.users.empty() ? geometry_.key(i, from) : mixer_.mix(page.users.back()) + 1);
      page.more = true;
      break;
    }
    from = 0;
  }
  return page;
}

}  // namespace lastbeat
