#include "table/batch_execution.hpp"

namespace lastbeat {

void BatchExecution::run_portably() noexcept { run_stages(); }

#if defined(__x86_64__)
void BatchExecution::run() noexcept {
  static const bool has_bmi2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  has_bmi2 ? run_with_bmi2() : run_portably();
}

// Most of the arithmetic is shifts by amounts that are known at run time, three times as dear without BMI2.
[[gnu::target("avx2,bmi,bmi2"), gnu::flatten]] void BatchExecution::run_with_bmi2() noexcept { run_stages(); }
#else
void BatchExecution::run() noexcept { run_portably(); }
#endif

[[gnu::always_inline]] inline void BatchExecution::run_stages() noexcept {
  const std::size_t size = commands_.size();
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

inline void BatchExecution::ask_for_headers(std::size_t begin, std::size_t end) noexcept {
  const IdMixer mixer = context_.mixer;
  const Geometry geometry = context_.geometry;
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint64_t key = mixer.mix(commands_[i].user);
    slot(i).key = key;
    __builtin_prefetch(stripes_ + geometry.stripe(key), 1);
  }
}

inline void BatchExecution::ask_for_lines(std::size_t begin, std::size_t end) noexcept {
  const Geometry geometry = context_.geometry;
  for (std::size_t i = begin; i < end; ++i) {
    Slot& to = slot(i);
    const std::uint32_t stripe = geometry.stripe(to.key);
    to.target = stripes_[stripe].home(stripe, geometry.rest(to.key), geometry, context_.arena);
    __builtin_prefetch(to.target.line, 1);
  }
}

inline void BatchExecution::ask_for_lines_again(std::size_t begin, std::size_t end) noexcept {
  for (std::size_t i = begin; i < end; ++i) __builtin_prefetch(slot(i).target.line, 1);
}

inline void BatchExecution::execute(std::size_t begin, std::size_t end) noexcept {
  for (std::size_t i = begin; i < end; ++i) {
    const Slot& from = slot(i);
    if (is_behind(from.key)) {
      defer(i);
      continue;
    }
    Stripe& stripe = stripes_[context_.geometry.stripe(from.key)];
    const Stripe::Attempt attempt = stripe.try_execute(commands_[i], from.target, context_, answers_[i]);
    if (attempt == Stripe::Attempt::kDone) [[likely]]
      continue;
    if (attempt == Stripe::Attempt::kElsewhere) {
      defer(i);
    } else {
      execute_slowly(i);
    }
  }
  execute_deferred(*earlier_);
  std::swap(earlier_, current_);
}

bool BatchExecution::waits(const Deferred& deferred, std::uint64_t key) noexcept {
  for (std::size_t i = 0; i < deferred.size; ++i) {
    if (slot(deferred.commands[i]).key == key) return true;
  }
  return false;
}

void BatchExecution::defer(std::size_t command) noexcept {
  Slot& put_off = slot(command);
  const Geometry& geometry = context_.geometry;
  const std::uint32_t stripe = geometry.stripe(put_off.key);
  put_off.target = stripes_[stripe].abroad(stripe, geometry.rest(put_off.key), geometry, context_.arena);
  __builtin_prefetch(put_off.target.line, 1);
  current_->commands[current_->size++] = command;
  current_->marks |= std::uint64_t{1} << put_off.key % 64;
}

void BatchExecution::execute_deferred(Deferred& deferred) noexcept {
  for (std::size_t i = 0; i < deferred.size; ++i) {
    const std::size_t command = deferred.commands[i];
    const Slot& from = slot(command);
    Stripe& stripe = stripes_[context_.geometry.stripe(from.key)];
    if (stripe.try_execute(commands_[command], from.target, context_, answers_[command]) != Stripe::Attempt::kDone) {
      execute_slowly(command);
    }
  }
  deferred.size = 0;
  deferred.marks = 0;
}

void BatchExecution::execute_slowly(std::size_t command) noexcept {
  const std::uint64_t key = slot(command).key;
  const std::uint32_t stripe = context_.geometry.stripe(key);
  answers_[command] = stripes_[stripe].execute(commands_[command], stripe, context_.geometry.rest(key), context_);
}

}  // namespace lastbeat
