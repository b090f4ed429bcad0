#include "table/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace lastbeat {
namespace {

#ifndef MADV_POPULATE_WRITE
constexpr int MADV_POPULATE_WRITE = 23;  // Linux 5.14
#endif
constexpr std::size_t kSmallestPage = 4096;

// Backs the range with memory now rather than at its first use.
bool populate(std::byte* start, std::size_t bytes) noexcept {
  if (::madvise(start, bytes, MADV_POPULATE_WRITE) == 0) return true;
  if (errno != EINVAL) return false;
  for (std::size_t i = 0; i < bytes; i += kSmallestPage) *const_cast<volatile std::byte*>(start + i) = std::byte{0};
  return true;
}

}  // namespace

Arena::Arena(std::size_t bytes, std::size_t least_bytes) {
  const auto whole_units = [](std::size_t size) { return (size + kUnitBytes - 1) / kUnitBytes * kUnitBytes; };
  for (size_bytes_ = whole_units(bytes); size_bytes_ >= whole_units(least_bytes);
       size_bytes_ = whole_units(size_bytes_ / 2)) {
    reserved_bytes_ = size_bytes_ + kUnitBytes;  // so that it holds a range that begins with a huge page
    void* const start =
        ::mmap(nullptr, reserved_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start != MAP_FAILED) {
      reservation_ = static_cast<std::byte*>(start);
      break;
    }
    if (size_bytes_ == kUnitBytes) break;
  }
  if (reservation_ == nullptr) throw std::bad_alloc{};
  start_ = reservation_ + (kUnitBytes - reinterpret_cast<std::uintptr_t>(reservation_) % kUnitBytes) % kUnitBytes;
  ::madvise(start_, size_bytes_, MADV_HUGEPAGE);  // an optimisation: kernels without it say no
  states_ = std::vector<std::atomic<std::uint32_t>>(size_bytes_ / kUnitBytes);
  helper_ = std::jthread{[this](const std::stop_token& stop) { help(stop); }};
  want(0);
}

Arena::~Arena() {
  helper_ = std::jthread{};  // asks it to stop, and joins
  ::munmap(reservation_, reserved_bytes_);
}

bool Arena::hold_ready(std::size_t unit) noexcept {
  std::atomic<std::uint32_t>& state = states_[unit];
  std::uint32_t seen = state.load(std::memory_order_acquire);
  while ((seen & kReady) != 0) {
    if (!state.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    const bool is_first_use = (seen & ~kWanted) == kReady;
    if (is_first_use && unit + 1 < std::min(kEagerUnits, size_bytes_ / kUnitBytes)) want(unit + 1);
    return true;
  }
  return false;
}

bool Arena::try_hold(std::size_t unit) noexcept {
  if (hold_ready(unit)) return true;
  want(unit);
  return false;
}

bool Arena::hold(std::size_t unit) noexcept {
  while (!hold_ready(unit)) {
    if (!make_ready(unit)) return false;
  }
  return true;
}

bool Arena::make_ready(std::size_t unit) noexcept {
  const std::lock_guard lock{backing_};
  if ((states_[unit].load(std::memory_order_acquire) & kReady) != 0) return true;
  if (!populate(start_ + unit * kUnitBytes, kUnitBytes)) {
    ::madvise(start_ + unit * kUnitBytes, kUnitBytes, MADV_DONTNEED);  // a part of it may have come
    return false;
  }
  ready_units_.fetch_add(1, std::memory_order_relaxed);
  states_[unit].fetch_or(kReady, std::memory_order_release);
  return true;
}

void Arena::release(std::size_t unit) noexcept {
  if (((states_[unit].fetch_sub(1, std::memory_order_acq_rel) - 1) & ~kWanted) != kReady) return;
  const std::lock_guard lock{backing_};
  std::uint32_t seen = states_[unit].load(std::memory_order_acquire);
  do {
    if ((seen & ~kWanted) != kReady) return;  // somebody holds it again, or another one who let go was faster
  } while (!states_[unit].compare_exchange_weak(seen, seen & kWanted, std::memory_order_acq_rel));
  ::madvise(start_ + unit * kUnitBytes, kUnitBytes, MADV_DONTNEED);
  ready_units_.fetch_sub(1, std::memory_order_relaxed);
}

void Arena::want(std::size_t unit) noexcept {
  if ((states_[unit].fetch_or(kWanted, std::memory_order_acq_rel) & kWanted) != 0) return;
  try {
    const std::lock_guard lock{wanted_mutex_};
    wanted_.push_back(unit);
  } catch (const std::bad_alloc&) {  // whoever needs the unit will ask again
    states_[unit].fetch_and(~kWanted, std::memory_order_acq_rel);
    return;
  }
  wanted_changed_.notify_one();
}

void Arena::help(const std::stop_token& stop) {
  std::unique_lock lock{wanted_mutex_};
  // When the arena goes, what is still wanted is not worth waiting for.
  while (wanted_changed_.wait(lock, stop, [this] { return !wanted_.empty(); }) && !stop.stop_requested()) {
    const std::size_t unit = wanted_.front();
    wanted_.pop_front();
    lock.unlock();
    // Without memory whoever needs the unit finds out for itself.
    static_cast<void>(make_ready(unit));
    states_[unit].fetch_and(~kWanted, std::memory_order_acq_rel);
    lock.lock();
  }
}

}  // namespace lastbeat
