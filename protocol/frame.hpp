// Frames: the 8-byte header and where one frame ends. Pure functions over spans; decoding allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "protocol/types.hpp"
#include "protocol/wire.hpp"

namespace lastbeat::protocol {

struct Header {
  std::uint8_t opcode = 0;
  std::uint8_t flags = 0;
  std::uint32_t length = 0;  // payload bytes, at most kLargestPayload
  std::uint16_t tag = 0;     // chosen by the client, repeated in the reply
  friend bool operator==(const Header&, const Header&) = default;
};

// A whole frame inside the input it was cut from; valid as long as that input.
struct Frame {
  Header header;
  std::span<const std::byte> payload;
  [[nodiscard]] std::size_t size_bytes() const noexcept { return kHeaderBytes + payload.size(); }
};

// Not an error: the frame that starts here needs this many bytes in all (kHeaderBytes until its header is here).
struct NeedMore {
  std::size_t total_bytes = kHeaderBytes;
};

using Cut = std::variant<Frame, NeedMore, ErrorCode>;  // ErrorCode: kBadMagic or kFrameTooLong

// Cuts the first frame off `input`. A wrong first byte is reported at once, not after eight. O(1).
[[nodiscard]] Cut cut_frame(std::span<const std::byte> input, std::uint32_t max_payload_bytes) noexcept;

// The eight bytes of a header, as they are in memory. Requires header.length <= kLargestPayload.
[[nodiscard]] std::uint64_t pack(const Header& header) noexcept;
// Appends a header. Requires as pack().
void append_header(Buffer& out, const Header& header);

}  // namespace lastbeat::protocol
