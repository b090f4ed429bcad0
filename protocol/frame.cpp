#include "protocol/frame.hpp"

#include <cassert>

#include "protocol/bytes.hpp"

namespace lastbeat::protocol {
namespace {

constexpr unsigned kOpcodeShift = 8;
constexpr unsigned kFlagsShift = 16;
constexpr unsigned kLengthShift = 24;
constexpr unsigned kTagShift = 48;

}  // namespace

Cut cut_frame(std::span<const std::byte> input, std::uint32_t max_payload_bytes) noexcept {
  if (input.empty()) return NeedMore{};
  if (input[0] != std::byte{kMagic}) return ErrorCode::kBadMagic;
  if (input.size() < kHeaderBytes) return NeedMore{};

  const auto word = load<std::uint64_t>(input.data());
  const Header header{
      .opcode = static_cast<std::uint8_t>(word >> kOpcodeShift),
      .flags = static_cast<std::uint8_t>(word >> kFlagsShift),
      .length = static_cast<std::uint32_t>(word >> kLengthShift) & kLargestPayload,
      .tag = static_cast<std::uint16_t>(word >> kTagShift),
  };
  if (header.length > max_payload_bytes) return ErrorCode::kFrameTooLong;
  const std::size_t total = kHeaderBytes + header.length;
  if (input.size() < total) return NeedMore{total};
  return Frame{header, input.subspan(kHeaderBytes, header.length)};
}

std::uint64_t pack(const Header& header) noexcept {
  assert(header.length <= kLargestPayload);
  return std::uint64_t{kMagic} | std::uint64_t{header.opcode} << kOpcodeShift |
         std::uint64_t{header.flags} << kFlagsShift | std::uint64_t{header.length} << kLengthShift |
         std::uint64_t{header.tag} << kTagShift;
}

void append_header(Buffer& out, const Header& header) { append(out, pack(header)); }

}  // namespace lastbeat::protocol
