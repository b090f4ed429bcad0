#include "table/table.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include "table/batch_execution.hpp"

namespace lastbeat {
namespace {

// Keeps one page short for whoever waits behind it, also when nearly nobody is online: less than a millisecond.
constexpr std::size_t kMostLanesAPage = std::size_t{1} << 18U;
// What looking into a stripe costs at least, in lanes.
constexpr std::size_t kLanesAStripe = 4;

const TableConfig& checked(const TableConfig& config, Second start) {
  const Rules& rules = config.rules;
  if (rules.ttl < 1 || rules.retain < rules.ttl || rules.retain > Stripe::kLongestRetain) {
    throw std::invalid_argument("the table needs 1 s <= ttl <= retain <= 60 days");
  }
  if (start <= rules.retain) throw std::invalid_argument("the table needs a clock that starts above retain");
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
    : rules_{checked(config, time.load().now).rules},
      geometry_{config.stripe_bits, config.id_bits},
      mixer_{config.mixer_seed ? IdMixer::from_seed(*config.mixer_seed, config.id_bits) : IdMixer{config.id_bits}},
      budget_{config.max_users},
      arena_{region_bytes(geometry_, geometry_.most_lines()), region_bytes(geometry_, geometry_.least_lines())},
      context_{.rules = rules_,
               .time = time,
               .mixer = mixer_,
               .geometry = geometry_,
               .arena = arena_,
               .most_lines = most_lines(geometry_, arena_),
               .scan = config.portable ? scan_lines_portable : best_line_scan(),
               .budget = budget_,
               .online = online_,
               .edges = edges,
               .observer = config.observer},
      is_portable_{config.portable},
      stripes_(geometry_.stripe_count()) {
  const Second start = time.load().now;
  for (Stripe& stripe : stripes_) stripe.start(start);
}

void Table::execute(std::span<const Command> commands, std::span<Answer> answers) noexcept {
  assert(commands.size() == answers.size());
  BatchExecution execution{commands, answers, stripes_.data(), context_};
  is_portable_ ? execution.run_portably() : execution.run();
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
