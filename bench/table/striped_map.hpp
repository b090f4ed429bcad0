// A map from ids to seconds behind striped locks: what one would write without a table of one's own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "table/published_time.hpp"
#include "table/rules.hpp"
#include "table_bench/subject.hpp"

namespace lastbeat::bench {

// Whether commands that come soon can be announced to the map.
template <class Map>
concept Prefetching = requires(const Map& map, std::uint64_t id) {
  map.prefetch(id);
};

// Knows heartbeats and statuses; a leave is a status. Ids choose the stripe by their top bits, so they must look
// random. Threads: as any Subject.
template <class Map>
class StripedMap final : public Subject {
 public:
  explicit StripedMap(const PublishedTime& time) : time_{time}, stripes_{std::make_unique<Stripes>()} {}

  // From now on no new users come. Prefetching then needs no lock: it reads what only a growing map changes.
  void stop_growing() noexcept { growing_ = false; }

  void execute(std::span<const Command> commands, std::span<Answer> answers) noexcept override {
    const std::size_t ahead = std::min(kAhead, commands.size());
    for (std::size_t i = 0; i < ahead; ++i) prefetch(commands[i]);
    for (std::size_t i = 0; i < commands.size(); ++i) {
      if (i + ahead < commands.size()) prefetch(commands[i + ahead]);
      answers[i] = execute(commands[i]);
    }
  }

  [[nodiscard]] std::uint64_t entries() override {
    std::uint64_t entries = 0;
    for (Stripe& stripe : *stripes_) {
      const std::lock_guard lock{stripe.mutex};
      entries += stripe.seconds.size();
    }
    return entries;
  }

 private:
  static constexpr std::size_t kAhead = 16;  // commands between a prefetch and its use
  static constexpr unsigned kStripeBits = 10;
  static constexpr unsigned kIdBits = 64;
  struct alignas(64) Stripe {
    std::mutex mutex;
    Map seconds;
  };
  using Stripes = std::array<Stripe, std::size_t{1} << kStripeBits>;

  [[nodiscard]] Stripe& stripe_of(std::uint64_t id) const noexcept {
    return (*stripes_)[id >> (kIdBits - kStripeBits)];
  }

  void prefetch([[maybe_unused]] const Command& command) const noexcept {
    if constexpr (Prefetching<Map>) {
      const auto id = static_cast<std::uint64_t>(command.user);
      Stripe& stripe = stripe_of(id);
      std::unique_lock lock{stripe.mutex, std::defer_lock};
      if (growing_) lock.lock();
      stripe.seconds.prefetch(id);
    }
  }

  [[nodiscard]] Answer execute(const Command& command) noexcept {
    const auto id = static_cast<std::uint64_t>(command.user);
    Stripe& stripe = stripe_of(id);
    const std::lock_guard lock{stripe.mutex};
    const Second now = time_.load().now;
    if (command.kind == CommandKind::kHeartbeat) {
      stripe.seconds[id] = now;
      return {};
    }
    const auto found = stripe.seconds.find(id);
    if (found == stripe.seconds.end()) return {};
    const Second age = now - found->second;
    return {.age_s = age, .presence = age <= Rules{}.ttl ? Presence::kOnline : Presence::kOffline};
  }

  const PublishedTime& time_;
  bool growing_ = true;
  std::unique_ptr<Stripes> stripes_;
};

}  // namespace lastbeat::bench
