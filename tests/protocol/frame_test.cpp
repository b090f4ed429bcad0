#include "protocol/frame.hpp"

#include <random>

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;

namespace {

Buffer header_bytes(std::uint32_t length) {
  Buffer bytes;
  append_header(bytes, {.opcode = 1, .flags = 0, .length = length, .tag = 0});
  return bytes;
}

bool is_error(const Cut& cut, ErrorCode code) {
  const auto* error = std::get_if<ErrorCode>(&cut);
  return error != nullptr && *error == code;
}

// What a frame of the input needs in all; 0 when it is there already or refused.
std::size_t needs(const Cut& cut) {
  const auto* more = std::get_if<NeedMore>(&cut);
  return more == nullptr ? 0 : more->total_bytes;
}

}  // namespace

TEST_CASE("nothing at all is no error") { CHECK(needs(cut_frame({}, kLargestPayload)) == kHeaderBytes); }

TEST_CASE("a wrong first byte is noticed at once, every one of them, however much follows") {
  for (unsigned value = 0; value < 256; ++value) {
    if (value == 0xB1) continue;
    CAPTURE(value);
    Buffer whole = header_bytes(0);
    whole[0] = static_cast<std::byte>(value);
    for (std::size_t size = 1; size <= whole.size(); ++size) {
      CAPTURE(size);
      CHECK(is_error(cut_frame(std::span{whole}.first(size), kLargestPayload), ErrorCode::kBadMagic));
    }
  }
}

TEST_CASE("the good first byte alone is no error") {
  const Buffer whole = header_bytes(0);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(needs(cut_frame(std::span{whole}.first(size), kLargestPayload)) == kHeaderBytes);
  }
}

TEST_CASE("a frame may be as long as the limit and not a byte longer") {
  struct Row {
    std::uint32_t length, limit;
    bool fits;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {0, 0, true, "an empty payload fits into nothing"},
      {1, 0, false, "one byte does not"},
      {99, 100, true, "one below"},
      {100, 100, true, "at the limit"},
      {101, 100, false, "one above"},
      {1U << 20U, Limits{}.max_payload_bytes, true, "the default limit"},
      {(1U << 20U) + 1, Limits{}.max_payload_bytes, false, "one above the default limit"},
      {0xFFFFFF, kLargestPayload, true, "the most that three bytes can say"},
      {0xFFFFFF, kLargestPayload - 1, false, "the same under a smaller limit"},
  }));
  INFO(row.why);
  Buffer bytes = header_bytes(row.length);
  const Cut header_only = cut_frame(bytes, row.limit);
  CHECK(is_error(header_only, ErrorCode::kFrameTooLong) == !row.fits);
  if (!row.fits) return;
  if (row.length > 0) CHECK(needs(header_only) == kHeaderBytes + row.length);
  bytes.resize(kHeaderBytes + row.length);
  const Cut whole = cut_frame(bytes, row.limit);
  REQUIRE(std::holds_alternative<Frame>(whole));
  CHECK(std::get<Frame>(whole).payload.size() == row.length);
}

TEST_CASE("a header that is not whole is not yet too long") {
  const Buffer bytes = header_bytes(kLargestPayload);
  CHECK(needs(cut_frame(std::span{bytes}.first(kHeaderBytes - 1), 10)) == kHeaderBytes);
  CHECK(is_error(cut_frame(bytes, 10), ErrorCode::kFrameTooLong));
}

TEST_CASE("every field of a header has its own bytes") {
  struct Row {
    Header header;
    const char* bytes;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {{.opcode = 0xFF}, "\xB1\xFF\x00\x00\x00\x00\x00\x00", "opcode"},
      {{.flags = 0xFF}, "\xB1\x00\xFF\x00\x00\x00\x00\x00", "flags"},
      {{.length = 0xFFFFFF}, "\xB1\x00\x00\xFF\xFF\xFF\x00\x00", "length, which must not touch the tag"},
      {{.length = 0x010203}, "\xB1\x00\x00\x03\x02\x01\x00\x00", "length, low byte first"},
      {{.tag = 0x0102}, "\xB1\x00\x00\x00\x00\x00\x02\x01", "tag, low byte first"},
  }));
  INFO(row.why);
  Buffer written;
  append_header(written, row.header);
  CHECK(as_text(written) == std::string_view(row.bytes, kHeaderBytes));
}

TEST_CASE("a frame ends where its header says, whatever comes behind it") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 10'000; ++i) {
    const Header header{.opcode = static_cast<std::uint8_t>(random()),
                        .flags = static_cast<std::uint8_t>(random()),
                        .length = static_cast<std::uint32_t>(random() % 50),
                        .tag = static_cast<std::uint16_t>(random())};
    Buffer bytes;
    append_header(bytes, header);
    for (std::size_t k = 0; k < header.length + random() % 20; ++k) bytes.push_back(static_cast<std::byte>(random()));
    bytes.resize(std::max(bytes.size(), kHeaderBytes + header.length));
    const Cut cut = cut_frame(bytes, kLargestPayload);
    const auto* frame = std::get_if<Frame>(&cut);
    if (frame == nullptr || frame->header != header) FAIL("frame " << i);
    if (frame->payload.data() != bytes.data() + kHeaderBytes || frame->payload.size() != header.length) {
      FAIL("payload of frame " << i);
    }
  }
}
