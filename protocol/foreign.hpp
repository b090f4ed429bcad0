// Other protocols on the binary port: whoever speaks HTTP, TLS or RESP here is told so in their own words.
#pragma once

#include <cstddef>
#include <span>

namespace lastbeat::protocol {

// Bytes to send back to a peer whose input does not start with kMagic, before closing: an HTTP/1.1 400, a TLS alert or
// a RESP error when the input looks like one of those, else empty. Static storage. Looks at the first bytes only.
[[nodiscard]] std::span<const std::byte> answer_to_foreign_protocol(std::span<const std::byte> input) noexcept;

}  // namespace lastbeat::protocol
