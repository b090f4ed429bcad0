// Files of service tokens: one a line, "name scopes token".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "auth/identity.hpp"

namespace lastbeat::auth {

inline constexpr std::size_t kFewestTokenBytes = 32;

// Only the digest is kept: what is in memory is worth nothing to whoever reads it.
struct ServiceToken {
  std::string name;
  Scopes scopes = 0;
  Digest digest{};
};

// "gateway heartbeat,status 6f1d...": fields between blanks, empty lines and those that begin with # left out. `origin`
// names the text in errors. Throws std::runtime_error "origin:3: why", which never repeats a token: a bad name, an
// unknown scope, a token that is shorter than 32 bytes or has other characters than those of RFC 6750.
[[nodiscard]] std::vector<ServiceToken> parse_tokens(std::string_view text, const std::string& origin);

}  // namespace lastbeat::auth
