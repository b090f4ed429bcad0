// Heartbeats and leaves that have been taken while the store they belong to is away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

#include "table/command.hpp"
#include "table/id_mixer.hpp"
#include "table/rules.hpp"
#include "table/stamp.hpp"

namespace lastbeat {

// One stamp a user, of the server's clock: by the rules of the table, so that what happened within a second keeps its
// order. Every write is a max, so a stamp may be written late, twice, or after a newer one. Reads no clock. Users whom
// the store keeps in different places, which may be away one by one, are in different parts.
// Threads: one. Memory: about 50 bytes a user kept.
class Backlog {
 public:
  using Part = std::uint16_t;

  Backlog(const Rules& rules, std::size_t most_users) : rules_{rules}, most_users_{most_users} {}

  // A heartbeat or leave, at second `now`; one on arrival arrived then. kUnavailable: as many users wait as may, and
  // this is another one.
  [[nodiscard]] Outcome keep(const Command& command, Second now, Part part = 0);
  // No stamp when nothing about this user waits.
  struct Held {
    Stamp stamp;
    bool came_with_age = false;  // so that the store may know of something newer
  };
  [[nodiscard]] Held held(UserId user, Part part = 0) const noexcept;
  // Takes out what waits about this user, or about anyone in the part, as a command that says when it happened.
  [[nodiscard]] std::optional<Command> take(UserId user, Part part = 0) noexcept;
  [[nodiscard]] std::optional<Command> take_any(Part part = 0) noexcept;
  // A part in which something waits, of those that are wanted. Linear in the number of the others.
  [[nodiscard]] std::optional<Part> any_part(const std::function<bool(Part)>& is_wanted) const;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // How many were given up, since nothing that old counts.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Hash {
    IdMixer mixer;  // ids come from outside
    std::size_t operator()(UserId user) const noexcept { return mixer.mix(user); }
  };
  using Stamps = std::unordered_map<UserId, Held, Hash>;
  using Parts = std::unordered_map<Part, Stamps>;
  Command take(Parts::iterator part, Stamps::iterator found) noexcept;
  void drop_old(Second now);

  const Rules rules_;
  const std::size_t most_users_;
  const Hash hash_;
  Parts parts_;  // none is empty
  std::size_t size_ = 0;
  Second last_drop_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace lastbeat
