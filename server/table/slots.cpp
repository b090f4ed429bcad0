#include "table/slots.hpp"

#include <algorithm>

namespace lastbeat {
namespace {

constexpr std::size_t kSlotBytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kSmallest = kPageBytes / kSlotBytes;
// Beyond 7/8 full, linear probing walks far; below 1/4, shrinking pays for itself.
constexpr std::size_t most_entries(std::size_t capacity) { return capacity / 8 * 7; }
constexpr std::size_t fewest_entries(std::size_t capacity) { return capacity / 4; }

}  // namespace

Stamp Slots::find(std::uint64_t key) const noexcept {
  if (capacity_ == 0) return {};
  return Stamp::from_word(stamps()[locate(key)]);
}

void Slots::set(std::uint64_t key, Stamp stamp) noexcept {
  const std::size_t i = locate(key);
  assert(stamps()[i] != 0 && !stamp.is_none());
  stamps()[i] = stamp.word();
}

bool Slots::insert(std::uint64_t key, Stamp stamp) noexcept {
  if (size_ + 1 > most_entries(capacity_) && !resize(std::max(kSmallest, capacity_ + capacity_ / 2))) return false;
  const std::size_t i = locate(key);
  assert(stamps()[i] == 0 && !stamp.is_none());
  keys()[i] = key;
  stamps()[i] = stamp.word();
  ++size_;
  return true;
}

void Slots::shrink() noexcept {
  if (size_ == 0) {
    block_ = PageBlock{};
    capacity_ = 0;
  } else if (capacity_ > kSmallest && size_ < fewest_entries(capacity_)) {
    // Twice what is needed, so that a steady coming and going does not resize all the time. No memory: stay as we are.
    resize(std::max(kSmallest, size_ * 2));
  }
}

std::size_t Slots::locate(std::uint64_t key) const noexcept {
  std::size_t i = home(key);
  while (stamps()[i] != 0 && keys()[i] != key) i = next(i);
  return i;
}

// Backward-shift deletion: closes the gap with the entries behind it that may move, so that no probe is cut short.
void Slots::erase_at(std::size_t gap) noexcept {
  for (std::size_t i = next(gap); stamps()[i] != 0; i = next(i)) {
    const std::size_t wanted = home(keys()[i]);
    // An entry may move back to the gap unless its home lies cyclically in (gap, i].
    const bool stays = gap < i ? gap < wanted && wanted <= i : gap < wanted || wanted <= i;
    if (stays) continue;
    keys()[gap] = keys()[i];
    stamps()[gap] = stamps()[i];
    gap = i;
  }
  stamps()[gap] = 0;
  --size_;
}

bool Slots::resize(std::size_t capacity) noexcept {
  Slots resized{used_bits_};
  resized.block_ = PageBlock::allocate(capacity * kSlotBytes);
  if (resized.block_.is_empty()) return false;
  resized.capacity_ = capacity;
  for (std::size_t from = 0; from < capacity_; ++from) {
    if (stamps()[from] == 0) continue;
    const std::size_t to = resized.locate(keys()[from]);
    resized.keys()[to] = keys()[from];
    resized.stamps()[to] = stamps()[from];
  }
  block_ = std::move(resized.block_);
  capacity_ = capacity;
  return true;
}

}  // namespace lastbeat
