#include "partition/rendezvous.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "lastbeat/user_id.hpp"

namespace lastbeat {
namespace {

// The finaliser of splitmix64: a bijection in which every bit depends on every other. Source: G. Steele, D. Lea,
// C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ x >> 30U) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27U) * 0x94d049bb133111ebU;
  return x ^ x >> 31U;
}

constexpr unsigned kFractionBits = 24;
constexpr unsigned kStepBits = 8;
constexpr std::size_t kSteps = 1U << kStepBits;

// 2^24 * log2(1 + step / 256), bit by bit: squaring a number doubles its logarithm.
constexpr std::uint32_t log2_of_step(std::uint64_t step) noexcept {
  std::uint64_t m = (kSteps + step) << (31U - kStepBits);  // 31 bits behind the point
  std::uint32_t log = 0;
  for (unsigned bit = 0; bit < kFractionBits; ++bit) {
    m *= m;
    const auto is_two_or_more = static_cast<std::uint32_t>(m >> 63U);
    log = log << 1U | is_two_or_more;
    m >>= 31U + is_two_or_more;
  }
  return log;
}

constexpr auto kLog2 = [] {
  std::array<std::uint32_t, kSteps + 1> table{};
  for (std::size_t step = 0; step < kSteps; ++step) table.at(step) = log2_of_step(step);
  table.back() = 1U << kFractionBits;
  return table;
}();

// 2^24 * -log2(hash / 2^64), by lines between the steps: 1 to 65 * 2^24, and never larger for a larger hash.
std::uint64_t distance_of(std::uint64_t hash) noexcept {
  hash |= 1U;
  const auto zeros = static_cast<unsigned>(std::countl_zero(hash));
  const std::uint64_t m = hash << zeros;
  const std::size_t step = m >> (63U - kStepBits) & (kSteps - 1);
  const std::uint64_t between = m >> (63U - kStepBits - kFractionBits) & ((1U << kFractionBits) - 1);
  const std::uint64_t low = kLog2[step];
  const std::uint64_t log = low + ((kLog2[step + 1] - low) * between >> kFractionBits);
  return (std::uint64_t{zeros + 1} << kFractionBits) - log;
}

Error invalid(std::string message) { return {.kind = ErrorKind::kInvalidArgument, .message = std::move(message)}; }

}  // namespace

struct Rendezvous::Candidate {
  Candidate(std::uint64_t its_hash, const Place& place) noexcept
      : hash{its_hash}, weight{place.weight}, index{place.index} {}

  // Hashes of one user are never equal, since keys are not. Products stay below 2^63.
  [[nodiscard]] bool is_better_than(const Candidate& other) const noexcept {
    if (weight == other.weight) return hash > other.hash;
    const std::uint64_t mine = distance_of(hash) * other.weight;
    const std::uint64_t its = distance_of(other.hash) * weight;
    return mine != its ? mine < its : hash > other.hash;
  }

  std::uint64_t hash;
  std::uint32_t weight;
  NodeIndex index;
};

Result<Rendezvous> Rendezvous::make(std::span<const Node> nodes) {
  if (nodes.empty() || nodes.size() > kMostNodes) {
    return invalid("there must be 1 to " + std::to_string(kMostNodes) + " nodes, not " + std::to_string(nodes.size()));
  }
  Rendezvous made;
  made.places_.reserve(nodes.size());
  for (const Node& node : nodes) {
    if (node.name.empty()) return invalid("a node needs a name");
    if (node.weight == 0) return invalid("node '" + node.name + "': its weight must be 1 or more");
    const auto key = static_cast<std::uint64_t>(user_id_of(node.name));
    const auto twin = std::ranges::find(made.places_, key, &Place::key);
    if (twin != made.places_.end()) {
      return invalid("nodes '" + nodes[twin->index].name + "' and '" + node.name + "' are the same");
    }
    made.places_.push_back({key, node.weight, static_cast<NodeIndex>(made.places_.size())});
  }
  std::ranges::sort(made.places_, [](const Place& a, const Place& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.key < b.key;
  });
  return made;
}

Rendezvous::NodeIndex Rendezvous::best(UserId user) const noexcept {
  const auto hash_at = [&](const Place& place) { return mix(static_cast<std::uint64_t>(user) ^ place.key); };
  Candidate best{hash_at(places_.front()), places_.front()};
  for (const Place& place : std::span{places_}.subspan(1)) {
    const std::uint64_t hash = hash_at(place);
    if (hash < best.hash) continue;  // nor is it heavier
    const Candidate candidate{hash, place};
    if (candidate.is_better_than(best)) best = candidate;
  }
  return best.index;
}

Rendezvous::BestTwo Rendezvous::best_two(UserId user) const noexcept {
  const auto hash_at = [&](const Place& place) { return mix(static_cast<std::uint64_t>(user) ^ place.key); };
  Candidate first{hash_at(places_.front()), places_.front()};
  if (places_.size() == 1) return {first.index, first.index};
  Candidate second{hash_at(places_[1]), places_[1]};
  if (second.is_better_than(first)) std::swap(first, second);
  for (const Place& place : std::span{places_}.subspan(2)) {
    const std::uint64_t hash = hash_at(place);
    if (hash < second.hash) continue;  // nor is it heavier
    const Candidate candidate{hash, place};
    if (!candidate.is_better_than(second)) continue;
    second = candidate;
    if (second.is_better_than(first)) std::swap(first, second);
  }
  return {first.index, second.index};
}

}  // namespace lastbeat
