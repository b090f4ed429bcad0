#include "table_bench/table_outcome.hpp"

#include <algorithm>

namespace lastbeat::bench {

const Holds* TableOutcome::observed_holds() const noexcept {
  return holds && holds->held_ns.total() != 0 ? &*holds : nullptr;
}

std::uint64_t TableOutcome::longest_lock_ns() const noexcept {
  const Holds* const observed = observed_holds();
  return observed != nullptr ? observed->held_ns.max() : growth.call_ns.max();
}

std::optional<double> TableOutcome::most_bytes_per_user() const noexcept {
  constexpr std::uint64_t kFrom = 5'000'000;
  return growth.most_bytes_per_user_from(kFrom);
}

double TableOutcome::pass_bytes_per_second() const noexcept {
  return growth.bytes_per_user() * static_cast<double>(growth.users) / passes.idle.cpu.count();
}

const RivalFigures* TableOutcome::find_rival(std::string_view name) const noexcept {
  const auto found = std::find_if(rivals.begin(), rivals.end(), [&](const RivalOutcome& rival) {
    return rival.name == name && rival.skipped.empty();
  });
  return found == rivals.end() ? nullptr : &found->figures;
}

}  // namespace lastbeat::bench
