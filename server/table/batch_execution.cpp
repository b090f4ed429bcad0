#include "table/batch_execution.hpp"

namespace lastbeat {

void BatchExecution::run_portably() noexcept { run_stages(); }

#if defined(__x86_64__)
void BatchExecution::run() noexcept {
  static const bool has_bmi2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  has_bmi2 ? run_with_bmi2() : run_portably();
}

// Most of the arithmetic is shifts by amounts that are known at run time, three times as dear without BMI2.
[[gnu::target("avx2,bmi,bmi2"), gnu::flatten]] void BatchExecution::run_with_bmi2() noexcept { run_stages(); }
#else
void BatchExecution::run() noexcept { run_portably(); }
#endif

[[gnu::always_inline]] inline void BatchExecution::run_stages() noexcept {
  const std::size_t size = commands_.size();
  if (context_.observer != nullptr) [[unlikely]] {  // attempts do not count what they look at
    for (std::size_t i = 0; i < size; ++i) execute_slowly(i, context_.mixer.mix(commands_[i].user));
    return;
  }
  if (size == 1) return execute_alone();
  for (std::size_t first = 0; first < size + 2 * kBlock; first += kBlock) {
    ask_for_headers(first, std::min(first + kBlock, size));
    if (first < kBlock) continue;
    ask_for_lines(first - kBlock, std::min(first, size));
    if (first < 2 * kBlock) continue;
    ask_for_lines_again(first - 2 * kBlock, std::min(first - kBlock, size));
    execute(first - 2 * kBlock, std::min(first - kBlock, size));
  }
  execute_deferred(*earlier_);
}

inline void BatchExecution::execute_alone() noexcept {
  const Geometry& geometry = context_.geometry;
  Line* const region = Stripe::region(context_.arena);
  const std::uint64_t key = context_.mixer.mix(commands_[0].user);
  const std::uint32_t index = geometry.stripe(key);
  const std::uint64_t rest = geometry.rest(key);
  Stripe& stripe = stripes_[index];
  const Stripe::Target target = stripe.target(index, rest, geometry, region);
  const auto attempt = [&](Line* abroad) {
    return stripe.try_execute(commands_[0], target, abroad, context_.rules, context_.time, answers_[0]);
  };
  Stripe::Attempt outcome = attempt(nullptr);
  if (outcome == Stripe::Attempt::kElsewhere) {
    outcome = attempt(Stripe::line_abroad(target, index, rest, geometry, region));
  }
  if (outcome != Stripe::Attempt::kDone) execute_slowly(0, key);
}

inline void BatchExecution::ask_for_headers(std::size_t begin, std::size_t end) noexcept {
  const IdMixer mixer = context_.mixer;
  const Geometry geometry = context_.geometry;
  Stripe* const stripes = stripes_;
  Slot* slot = slots_from(begin);
  const Command* const commands = commands_.data();
  for (std::size_t i = begin; i < end; ++i, ++slot) {
    const std::uint64_t key = mixer.mix(commands[i].user);
    Stripe* const stripe = stripes + geometry.stripe(key);
    __builtin_prefetch(stripe, 1);
    slot->key = key;
    slot->stripe = stripe;
  }
}

inline void BatchExecution::ask_for_lines(std::size_t begin, std::size_t end) noexcept {
  const Geometry geometry = context_.geometry;
  Line* const region = Stripe::region(context_.arena);
  Slot* const slots = slots_from(begin);
  for (std::size_t i = begin; i < end; ++i) {
    Slot& slot = slots[i - begin];
    slot.target = slot.stripe->target(geometry.stripe(slot.key), geometry.rest(slot.key), geometry, region);
    __builtin_prefetch(slot.target.line, 1);
  }
}

inline void BatchExecution::ask_for_lines_again(std::size_t begin, std::size_t end) noexcept {
  const Slot* const slots = slots_from(begin);
  for (std::size_t i = begin; i < end; ++i) __builtin_prefetch(slots[i - begin].target.line, 1);
}

inline void BatchExecution::execute(std::size_t begin, std::size_t end) noexcept {
  const Rules rules = context_.rules;
  const PublishedTime& time = context_.time;
  const Command* const commands = commands_.data();
  Answer* const answers = answers_.data();
  const Slot* slot = slots_from(begin);
  std::uint64_t marks = earlier_->marks;
  for (std::size_t i = begin; i < end; ++i, ++slot) {
    const bool may_be_behind = (marks >> slot->key % 64 & 1U) != 0;
    Stripe::Attempt attempt = Stripe::Attempt::kElsewhere;
    if (!may_be_behind || !is_behind(slot->key)) [[likely]] {
      attempt = slot->stripe->try_execute(commands[i], slot->target, nullptr, rules, time, answers[i]);
    }
    if (attempt == Stripe::Attempt::kDone) [[likely]]
      continue;
    if (attempt == Stripe::Attempt::kElsewhere) {
      defer(i, *slot);
      marks |= current_->marks;
    } else {
      execute_slowly(i, slot->key);
    }
  }
  execute_deferred(*earlier_);
  std::swap(earlier_, current_);
}

bool BatchExecution::waits(const Deferred& deferred, std::uint64_t key) noexcept {
  for (std::size_t i = 0; i < deferred.size; ++i) {
    if (deferred.commands[i].key == key) return true;
  }
  return false;
}

inline void BatchExecution::defer(std::size_t command, const Slot& slot) noexcept {
  const Geometry& geometry = context_.geometry;
  Line* const abroad = Stripe::line_abroad(slot.target, geometry.stripe(slot.key), geometry.rest(slot.key), geometry,
                                           Stripe::region(context_.arena));
  __builtin_prefetch(abroad, 1);
  current_->commands[current_->size++] = {.key = slot.key, .command = command, .target = slot.target, .abroad = abroad};
  current_->marks |= std::uint64_t{1} << slot.key % 64;
}

inline void BatchExecution::execute_deferred(Deferred& deferred) noexcept {
  const Rules rules = context_.rules;
  const PublishedTime& time = context_.time;
  const std::span waiting{deferred.commands.data(), deferred.size};
  for (const Waiting& each : waiting) {
    Stripe& stripe = stripes_[context_.geometry.stripe(each.key)];
    if (stripe.try_execute(commands_[each.command], each.target, each.abroad, rules, time, answers_[each.command]) !=
        Stripe::Attempt::kDone) {
      execute_slowly(each.command, each.key);
    }
  }
  deferred.size = 0;
  deferred.marks = 0;
}

void BatchExecution::execute_slowly(std::size_t command, std::uint64_t key) noexcept {
  const std::uint32_t stripe = context_.geometry.stripe(key);
  answers_[command] = stripes_[stripe].execute(commands_[command], stripe, context_.geometry.rest(key), context_);
}

}  // namespace lastbeat
