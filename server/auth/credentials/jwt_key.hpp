// Keys that users' tokens are signed with. The algorithm belongs to the key: what a token says of it must be the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/identity.hpp"

namespace lastbeat::auth {

enum class Algorithm : std::uint8_t { kHs256, kRs256, kEs256 };
[[nodiscard]] std::string_view name_of(Algorithm algorithm) noexcept;

inline constexpr std::size_t kFewestSecretBytes = 32;  // RFC 7518, 3.2
inline constexpr int kFewestRsaBits = 2048;            // RFC 7518, 3.3

struct JwtKey {
  std::string kid;  // empty: of all tokens that name no other key
  Algorithm algorithm{};
  std::string material;  // a PEM text, or the secret
  Digest digest{};       // of algorithm and material: two keys with one digest accept the same tokens

  [[nodiscard]] bool is_secret() const noexcept { return algorithm == Algorithm::kHs256; }
};

// A PEM public key, of RSA for RS256 or of the curve P-256 for ES256; anything else is the secret of HS256, without the
// line end behind it when it is text. `origin` names it in errors. Throws std::runtime_error: private keys and
// certificates, small keys, secrets under 32 bytes, and what looks like a public key in another form, since whoever has
// a public key could sign with it if it were taken for a secret.
[[nodiscard]] JwtKey read_jwt_key(std::string kid, std::string_view content, const std::string& origin);

}  // namespace lastbeat::auth
