// Who somebody is, and what that allows. Plain values: no keys, no sockets, no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "protocol/types.hpp"

namespace lastbeat::auth {

// Seconds since 1970, as tokens count them.
using UnixSecond = std::int64_t;
inline constexpr UnixSecond kNoEnd = std::numeric_limits<UnixSecond>::max();

// SHA-256.
using Digest = std::array<std::byte, 32>;

// What a service token can be good for. One does not imply another.
enum class Scope : std::uint8_t {
  kHeartbeat = 1,  // heartbeats and leaves of everybody
  kStatus = 2,     // statuses and counts
  kAdmin = 4,      // who is online, and what the server says of itself
};
// Several values of Scope.
using Scopes = std::uint8_t;
[[nodiscard]] constexpr bool has(Scopes scopes, Scope scope) noexcept {
  return (scopes & static_cast<Scopes>(scope)) != 0;
}

// What a request needs. The last one is for whatever nobody has thought about.
enum class Need : std::uint8_t {
  kNothing,
  kBeat,      // for one user: scope heartbeat, or that user
  kBeatMany,  // scope heartbeat
  kRead,      // scope status, or any user
  kCount,     // scope status
  kAdmin,     // scope admin
};

// A service with its scopes, or a user, who has none.
struct Identity {
  Scopes scopes = 0;
  std::optional<UserId> user;
  UnixSecond not_after = kNoEnd;  // first second in which it is nobody any more
  Digest proof{};                 // of what vouches for it: the service token, or the key that signed
};

// A user may beat for itself only: with kBeat, `user` of the identity must still be compared with who is meant.
[[nodiscard]] constexpr bool allows(const Identity& identity, Need need) noexcept {
  switch (need) {
    case Need::kNothing:
      return true;
    case Need::kBeat:
      return identity.user.has_value() || has(identity.scopes, Scope::kHeartbeat);
    case Need::kBeatMany:
      return has(identity.scopes, Scope::kHeartbeat);
    case Need::kRead:
      return identity.user.has_value() || has(identity.scopes, Scope::kStatus);
    case Need::kCount:
      return has(identity.scopes, Scope::kStatus);
    case Need::kAdmin:
      break;
  }
  return has(identity.scopes, Scope::kAdmin);
}

}  // namespace lastbeat::auth
