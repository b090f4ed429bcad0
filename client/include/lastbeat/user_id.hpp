// Users that are known by a name, an e-mail address or a UUID instead of a number.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "lastbeat/export.h"
#include "lastbeat/types.hpp"

namespace lastbeat {

// The first eight bytes of the SHA-256 of the text, read as a big-endian number. Every language has that at hand, and
// so has a shell: `printf %s alice | sha256sum | cut -c1-16` is the id of alice in hexadecimal.
//
// The bytes count as they are: "Alice" is somebody else than "alice", and so is another Unicode form of the same name.
//
// Among a billion users two share an id with a probability of 2.7 %, a given user shares theirs with anybody with one
// of 1 in 18 billion. Whoever wants a name that has the id of one given user needs some 2^64 attempts, and 2^34 for
// that of anyone among a billion; a faster hash could simply be run backwards.
[[nodiscard]] LASTBEAT_API UserId user_id_of(std::string_view text) noexcept;

// The same of a UUID's 16 bytes, in the order in which its text has them.
[[nodiscard]] LASTBEAT_API UserId user_id_of(std::span<const std::byte, 16> uuid) noexcept;

// The same of a UUID's text, 8-4-4-4-12 hexadecimal digits of either case; nullopt for any other text.
[[nodiscard]] LASTBEAT_API std::optional<UserId> user_id_of_uuid(std::string_view text) noexcept;

}  // namespace lastbeat
