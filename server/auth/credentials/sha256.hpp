// SHA-256, and comparing what must not be guessed byte by byte.
#pragma once

#include <string_view>

#include "auth/identity.hpp"

namespace lastbeat::auth {

// Throws std::bad_alloc: want of memory is the one reason why OpenSSL could fail here.
[[nodiscard]] Digest sha256(std::string_view text);
// Takes the same time wherever they differ.
[[nodiscard]] bool are_equal(const Digest& a, const Digest& b) noexcept;

}  // namespace lastbeat::auth
