// The contents of one stripe: a hash map from rests to short stamps over lines of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "table/geometry.hpp"
#include "table/line.hpp"

namespace lastbeat {

// A view of `count` lines of a stripe; whoever makes one holds the stripe's lock and has seen to it that the lines have
// memory, zeroed before their first use. Every user is in its home line or, as a guest, in the one other line that its
// remainder names. When both are full, others are moved between theirs, as in cuckoo hashing: see docs/table.md.
class Lines {
 public:
  Lines(const Geometry& geometry, Line* region, std::uint32_t stripe, std::uint32_t count) noexcept
      : geometry_{geometry}, region_{region}, stripe_{stripe}, count_{count} {}

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  // Looks at lines through this view, and lines copied by rebuild(). A line that is looked at twice counts twice.
  [[nodiscard]] std::uint32_t touched() const noexcept { return touched_; }
  [[nodiscard]] std::uint32_t moved() const noexcept { return moved_; }

  // Where a user is. Good until the next insert() or rebuild().
  struct Place {
    Line* line = nullptr;
    unsigned lane = 0;
    [[nodiscard]] bool is_none() const noexcept { return line == nullptr; }
    [[nodiscard]] ShortStamp stamp() const noexcept { return line == nullptr ? 0 : line->stamp(lane); }
  };
  // One line in most cases, two at most.
  [[nodiscard]] Place find(std::uint64_t rest) noexcept {
    if (count_ == 0) return {};
    const Geometry::Home home = geometry_.home(rest, count_);
    Line& line = at(home.line);
    if (const unsigned lane = line.find(home.remainder, false); lane != Line::kNoLane) return {&line, lane};
    return line.has_overflowed() ? find_guest(home) : Place{};
  }

  // Adds a rest that is not there. False, and nothing has changed, when no place was found among the lines that
  // kMostSteps moves reach; that happens only when nearly all lanes are taken. Requires stamp != 0.
  [[nodiscard]] bool insert(std::uint64_t rest, ShortStamp stamp) noexcept;

  // Scratch for rebuild().
  struct Copy {
    struct User {
      std::uint64_t rest = 0;
      ShortStamp stamp = 0;
    };
    std::vector<Line> lines;
    std::vector<User> homeless;  // who does not live at home, or finds no room there any more
    // Makes room for `count` lines, and touches it. May throw std::bad_alloc.
    void prepare(std::uint32_t count);
  };
  // Moves everybody into `count` lines, and views those from now on. Lines beyond are left zeroed. False, and nothing
  // has changed, when somebody found no place. O(lines). `copy` must be prepared for the lines that there are.
  [[nodiscard]] bool rebuild(std::uint32_t count, Copy& copy) noexcept;

  // Moves guests home whose home line has a free lane by now, and marks anew which lines have users elsewhere.
  // O(lines).
  void settle() noexcept;

  // A run of lines that lies in one piece. To walk over all of them, in order:
  // for (std::uint32_t i = 0; i < lines.count(); i = Geometry::chunk_end(i)) { ... lines.chunk(i) ... }
  struct Chunk {
    Line* lines = nullptr;
    std::uint32_t size = 0;
  };
  // The one that begins with line `first`.
  [[nodiscard]] Chunk chunk(std::uint32_t first) noexcept {
    const std::uint32_t size = Geometry::chunk_end(first) - first;
    touched_ += size;
    return {.lines = region_ + geometry_.line_index(stripe_, first), .size = size};
  }
  // The rest of the user in this lane of line `index`. `inverse` is the one for count() lines.
  [[nodiscard]] std::uint64_t rest_at(const Line& line, std::uint32_t index, unsigned lane,
                                      const Geometry::Inverse& inverse) const noexcept {
    return inverse.rest(home_at(line, index, lane));
  }

 private:
  static constexpr std::size_t kMostSteps = 128;

  [[nodiscard]] Line& at(std::uint32_t line) noexcept {
    ++touched_;
    return region_[geometry_.line_index(stripe_, line)];
  }
  [[nodiscard]] Geometry::Home home_at(const Line& line, std::uint32_t index, unsigned lane) const noexcept {
    const std::uint64_t remainder = line.remainder(lane);
    return {.line = line.is_guest(lane) ? Geometry::home_of_guest(index, remainder, count_) : index,
            .remainder = remainder};
  }
  [[nodiscard]] Place find_guest(Geometry::Home home) noexcept;
  // Puts a user into a free lane of its home or guest line.
  [[nodiscard]] bool put(Geometry::Home home, bool guest, ShortStamp stamp) noexcept;
  // Whether lines are likely to be in the cache, so that fetching ahead would be wasted work.
  enum class Memory : std::uint8_t { kCold, kWarm };
  [[nodiscard]] bool insert(std::uint64_t rest, ShortStamp stamp, Memory memory) noexcept;
  [[nodiscard]] bool displace(Geometry::Home home, ShortStamp stamp, Memory memory) noexcept;
  // The lines that the users of a line could move to.
  void prefetch_targets(const Line& line, std::uint32_t index) const noexcept;
  [[nodiscard]] bool refill(Copy& copy, std::uint32_t before) noexcept;

  const Geometry& geometry_;
  Line* region_;
  std::uint32_t stripe_;
  std::uint32_t count_;
  std::uint32_t touched_ = 0;
  std::uint32_t moved_ = 0;
};

}  // namespace lastbeat
