// SHA-256, as FIPS 180-4 says. Of our own because the client needs it where there is no OpenSSL too.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace lastbeat {

using Sha256Digest = std::array<std::byte, 32>;

[[nodiscard]] Sha256Digest sha256(std::span<const std::byte> message) noexcept;

}  // namespace lastbeat
