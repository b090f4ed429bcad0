#include "table/lines.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <span>

namespace lastbeat {

Lines::Place Lines::find_guest(Geometry::Home home) noexcept {
  Line& line = at(Geometry::guest_line(home, count_));
  const unsigned lane = line.find(home.remainder, true);
  return lane == Line::kNoLane ? Place{} : Place{&line, lane};
}

bool Lines::put(Geometry::Home home, bool guest, ShortStamp stamp) noexcept {
  Line& line = at(guest ? Geometry::guest_line(home, count_) : home.line);
  const unsigned lane = line.find_free();
  if (lane == Line::kNoLane) return false;
  line.put(lane, home.remainder, stamp, guest);
  if (guest) at(home.line).set_overflowed();
  return true;
}

[[gnu::always_inline]] inline void Lines::prefetch_targets(const Line& line, std::uint32_t index) const noexcept {
  for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
    const Geometry::Home home = home_at(line, index, lane);
    const std::uint32_t target = line.is_guest(lane) ? home.line : Geometry::guest_line(home, count_);
    __builtin_prefetch(region_ + geometry_.line_index(stripe_, target), 1);
  }
}

bool Lines::insert(std::uint64_t rest, ShortStamp stamp) noexcept { return insert(rest, stamp, Memory::kCold); }

inline bool Lines::insert(std::uint64_t rest, ShortStamp stamp, Memory memory) noexcept {
  if (count_ == 0) return false;
  const Geometry::Home home = geometry_.home(rest, count_);
  if (put(home, false, stamp)) return true;
  if (count_ == 1) return false;
  return put(home, true, stamp) || displace(home, stamp, memory);
}

// A breadth-first search for the shortest chain of moves that ends in a free lane, from both lines of the new user.
bool Lines::displace(Geometry::Home home, ShortStamp stamp, Memory memory) noexcept {
  struct Step {
    std::uint32_t line;      // which is full
    std::uint16_t previous;  // step whose line holds the user that would move here; itself: the new user would
    std::uint8_t lane;       // of that user
  };
  std::array<Step, kMostSteps> steps;  // NOLINT(*-member-init): written before it is read
  std::size_t size = 0;
  steps[size++] = {home.line, 0, 0};
  steps[size++] = {Geometry::guest_line(home, count_), 1, 0};

  for (std::size_t next = 0; next < size; ++next) {
    const std::uint32_t index = steps[next].line;
    Line& line = at(index);
    if (memory == Memory::kCold) prefetch_targets(line, index);
    for (unsigned lane = 0; lane < Line::kLanes; ++lane) {
      const Geometry::Home mover = home_at(line, index, lane);
      const bool becomes_guest = !line.is_guest(lane);
      const std::uint32_t target = becomes_guest ? Geometry::guest_line(mover, count_) : mover.line;
      if (!put(mover, becomes_guest, line.stamp(lane))) {
        // A chain must not come back to a line it has left: it would move somebody twice.
        std::size_t ancestor = next;
        while (steps[ancestor].line != target && steps[ancestor].previous != ancestor) {
          ancestor = steps[ancestor].previous;
        }
        if (size < kMostSteps && steps[ancestor].line != target) {
          steps[size++] = {target, static_cast<std::uint16_t>(next), static_cast<std::uint8_t>(lane)};
        }
        continue;
      }
      // The end is free: everybody moves up by one, from there to the front, and the new user takes the first lane.
      line.clear(lane);
      std::size_t step = next;
      for (; steps[step].previous != step; step = steps[step].previous) {
        const Step& move = steps[step];
        const std::uint32_t from_index = steps[move.previous].line;
        Line& from = at(from_index);
        const bool moved = put(home_at(from, from_index, move.lane), !from.is_guest(move.lane), from.stamp(move.lane));
        assert(moved);
        static_cast<void>(moved);
        from.clear(move.lane);
      }
      return put(home, step == 1, stamp);
    }
  }
  return false;
}

void Lines::settle() noexcept {
  for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
    const Chunk part = chunk(i);
    for (std::uint32_t j = 0; j < part.size; ++j) part.lines[j].clear_overflowed();
  }
  for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
    const Chunk part = chunk(i);
    for (std::uint32_t j = 0; j < part.size; ++j) {
      Line& line = part.lines[j];
      for (unsigned lanes = line.guests(); lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<unsigned>(std::countr_zero(lanes));
        const Geometry::Home home = home_at(line, i + j, lane);
        if (put(home, false, line.stamp(lane))) {
          line.clear(lane);
        } else {
          at(home.line).set_overflowed();
        }
      }
    }
  }
}

void Lines::Copy::prepare(std::uint32_t count) {
  if (lines.size() >= count) return;
  homeless.resize(std::size_t{count} * Line::kLanes);
  lines.resize(count);  // last: its size says what both have room for
}

bool Lines::rebuild(std::uint32_t count, Copy& copy) noexcept {
  const std::uint32_t before = count_;
  assert(copy.lines.size() >= before);
  for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
    const Chunk from = chunk(i);
    std::copy_n(from.lines, from.size, copy.lines.begin() + i);
    std::fill_n(from.lines, from.size, Line{});
  }
  moved_ += before;
  count_ = count;
  if (refill(copy, before)) return true;
  for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
    const Chunk used = chunk(i);
    std::fill_n(used.lines, used.size, Line{});
  }
  count_ = before;
  for (std::uint32_t i = 0; i < count_; i = Geometry::chunk_end(i)) {
    const Chunk to = chunk(i);
    std::copy_n(copy.lines.begin() + i, to.size, to.lines);
  }
  return false;
}

// Everybody home first, in memory order; then those who found no room there.
bool Lines::refill(Copy& copy, std::uint32_t before) noexcept {
  if (before == 0) return true;
  const Lines old{geometry_, region_, stripe_, before};
  const Geometry::Inverse inverse{geometry_, before};
  std::size_t homeless = 0;
  for (std::uint32_t index = 0; index < before; ++index) {
    const Line& line = copy.lines[index];
    for (unsigned lanes = line.guests(); lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(lanes));
      copy.homeless[homeless++] = {old.rest_at(line, index, lane, inverse), line.stamp(lane)};
    }
    if (count_ == 0 && line.residents() != 0) return false;
    for (unsigned lanes = line.residents(); lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(lanes));
      const std::uint64_t rest = inverse.rest({.line = index, .remainder = line.remainder(lane)});
      const Geometry::Home home = geometry_.home(rest, count_);
      Line& target = at(home.line);
      const unsigned free = target.find_free();
      if (free == Line::kNoLane) {
        copy.homeless[homeless++] = {rest, line.stamp(lane)};
      } else {
        target.put(free, home.remainder, line.stamp(lane), false);
      }
    }
  }
  for (const auto& user : std::span{copy.homeless}.first(homeless)) {
    if (!insert(user.rest, user.stamp, Memory::kWarm)) return false;
  }
  return true;
}

}  // namespace lastbeat
