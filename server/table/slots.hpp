// An open-addressing hash map from mixed ids to stamps: the contents of one stripe.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "table/page_block.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

// Linear probing over two arrays in one block, 12 bytes a slot, 14 to 21 bytes a user; a zero stamp marks a free slot
// and there are no tombstones. Keys are already mixed, so their own high bits choose the slot. Threads: none; the
// stripe's lock guards it. Memory: whole pages, given back by `shrink`.
class Slots {
 public:
  // `used_bits`: high bits of every key that are the same for all keys here, and so cannot tell slots apart.
  explicit Slots(unsigned used_bits) noexcept : used_bits_{used_bits} {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // The stamp of `key`, none when it is not held.
  [[nodiscard]] Stamp find(std::uint64_t key) const noexcept;
  // Replaces the stamp of a key that is held. Requires a stamp that is not none.
  void set(std::uint64_t key, Stamp stamp) noexcept;
  // Adds a key that is not held. False when the system gives no memory; nothing has changed then.
  [[nodiscard]] bool insert(std::uint64_t key, Stamp stamp) noexcept;

  // Slot i < capacity(), for walking over all of them: its stamp, none when it is free, and its key when it is not.
  [[nodiscard]] Stamp stamp_at(std::size_t i) const noexcept { return Stamp::from_word(stamps()[i]); }
  [[nodiscard]] std::uint64_t key_at(std::size_t i) const noexcept { return keys()[i]; }

  // Removes every entry whose stamp satisfies the predicate; the predicate may be asked twice about one entry.
  // Returns how many were removed.
  template <class Predicate>
  std::size_t erase_if(Predicate predicate) noexcept {
    const std::size_t before = size_;
    for (std::size_t i = 0; i < capacity_;) {
      if (const Stamp stamp = stamp_at(i); !stamp.is_none() && predicate(stamp)) {
        erase_at(i);  // may move a later entry here: look again
      } else {
        ++i;
      }
    }
    return before - size_;
  }
  // Gives memory back once most of it is unused. O(capacity) when it does, else O(1).
  void shrink() noexcept;

 private:
  [[nodiscard]] std::uint64_t* keys() const noexcept { return reinterpret_cast<std::uint64_t*>(block_.data()); }
  [[nodiscard]] std::uint32_t* stamps() const noexcept {
    return reinterpret_cast<std::uint32_t*>(block_.data() + capacity_ * sizeof(std::uint64_t));
  }
  [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(((key << used_bits_) >> 32U) * capacity_ >> 32U);
  }
  [[nodiscard]] std::size_t next(std::size_t i) const noexcept { return i + 1 == capacity_ ? 0 : i + 1; }
  // Where `key` is, or the free slot where it would go. Requires a block.
  [[nodiscard]] std::size_t locate(std::uint64_t key) const noexcept;
  void erase_at(std::size_t i) noexcept;
  bool resize(std::size_t capacity) noexcept;

  PageBlock block_;
  std::size_t capacity_ = 0;  // below 2^32
  std::size_t size_ = 0;
  unsigned used_bits_;
};

}  // namespace lastbeat
