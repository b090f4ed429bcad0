// JSON Web Tokens of users (RFC 7519), signed with HS256, RS256 or ES256. No clock: the second is handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "auth/identity.hpp"
#include "credentials/jwt_key.hpp"

namespace lastbeat::auth {

// By how much the clocks of those who make tokens and of this machine may differ.
inline constexpr UnixSecond kClockLeeway = 30;

// Why a token is refused: for the log, never for who sent it.
enum class TokenFault : std::uint8_t {
  kUnknown,    // neither a service token nor the form of a JWT
  kTooLong,    // over protocol::kMaxTokenBytes
  kHeader,     // not JSON, or says something that must be understood and is not
  kKey,        // names a key that is not here
  kAlgorithm,  // another one than the key's
  kSignature,
  kClaims,  // not JSON, or of wrong types
  kNoExpiry,
  kExpired,
  kNotYetValid,
  kIssuer,
  kAudience,
  kSubject,  // is no user id
};
// "it is expired": one line.
[[nodiscard]] std::string_view describe(TokenFault fault) noexcept;

struct ClaimRules {
  std::optional<std::string> issuer;
  std::optional<std::string> audience;
};

// Who signed in with this token. A `kid` chooses the key of that name; without one, or when no key has that name, the
// key without a name counts. `exp` is required, `nbf` is heeded, `sub` is the user id in decimal digits, in a string.
// Costs a signature: 10 us (HS256) to 150 us (ES256).
[[nodiscard]] std::variant<Identity, TokenFault> read_jwt(std::string_view token, std::span<const JwtKey> keys,
                                                          const ClaimRules& rules, UnixSecond now);

}  // namespace lastbeat::auth
