#include "table/table.hpp"

#include <cassert>
#include <stdexcept>

namespace lastbeat {
namespace {

// Keeps one page short for whoever waits behind it, also when nearly nobody is online: less than a millisecond.
constexpr std::size_t kMostSlotsAPage = std::size_t{1} << 18U;

}  // namespace

Table::Table(const TableConfig& config, const PublishedTime& time, EdgeSink* edges)
    : rules_{config.rules},
      stripe_bits_{config.stripe_bits},
      budget_{config.max_users},
      context_{.rules = rules_, .time = time, .mixer = mixer_, .budget = budget_, .edges = edges} {
  constexpr unsigned kMostStripeBits = 16;
  if (rules_.ttl < 1 || rules_.retain < rules_.ttl || stripe_bits_ > kMostStripeBits) {
    throw std::invalid_argument("the table needs 1 <= ttl <= retain and at most 2^16 stripes");
  }
  const Second start = time.load().now;
  for (std::size_t i = 0; i < stripe_count(); ++i) stripes_.emplace_back(stripe_bits_, start);
}

void Table::execute(std::span<const Command> commands, std::span<Answer> answers) noexcept {
  assert(commands.size() == answers.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const std::uint64_t key = mixer_.mix(commands[i].user);
    answers[i] = stripes_[stripe_of(key)].execute(commands[i], key, context_);
  }
}

std::uint64_t Table::online() const noexcept {
  std::uint64_t online = 0;
  for (const Stripe& stripe : stripes_) online += stripe.online();
  return online;
}

OnlinePage Table::list_online(std::uint64_t cursor, std::size_t limit) {
  OnlinePage page;
  std::size_t visited = 0;
  for (std::size_t i = stripe_of(cursor); i < stripes_.size(); ++i) {
    if (visited >= kMostSlotsAPage) {
      page.next_cursor = std::uint64_t{i} << (64U - stripe_bits_);  // not reached with one stripe, so never << 64
      page.more = true;
      break;
    }
    const ListResult listed = stripes_[i].list_online(cursor, limit - page.users.size(), context_, page.users);
    visited += listed.visited;
    if (listed.stopped) {
      page.next_cursor = page.users.empty() ? cursor : mixer_.mix(page.users.back()) + 1;
      page.more = true;
      break;
    }
  }
  return page;
}

}  // namespace lastbeat
