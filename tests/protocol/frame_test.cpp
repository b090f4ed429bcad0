#include "protocol/frame.hpp"

#include <random>

#include "protocol/bytes.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;

TEST_CASE("a wrong first byte is noticed at once, every one of them") {
  for (unsigned value = 0; value < 256; ++value) {
    const std::byte first{static_cast<std::uint8_t>(value)};
    const Cut cut = cut_frame({&first, 1}, kLargestPayload);
    CAPTURE(value);
    if (value == kMagic) {
      REQUIRE(std::holds_alternative<NeedMore>(cut));
      CHECK(std::get<NeedMore>(cut).total_bytes == kHeaderBytes);
    } else {
      REQUIRE(std::holds_alternative<ErrorCode>(cut));
      CHECK(std::get<ErrorCode>(cut) == ErrorCode::kBadMagic);
    }
  }
}

TEST_CASE("nothing at all is no error") { CHECK(std::holds_alternative<NeedMore>(cut_frame({}, kLargestPayload))); }

TEST_CASE("a frame may be as long as the limit and not a byte longer") {
  struct Row {
    std::uint32_t length, limit;
    bool fits;
  };
  const auto row = GENERATE(values<Row>({{100, 100, true},
                                         {101, 100, false},
                                         {kLargestPayload, kLargestPayload, true},
                                         {kLargestPayload, kLargestPayload - 1, false},
                                         {0, 0, true}}));
  Buffer bytes;
  append_header(bytes, {.opcode = 1, .flags = 0, .length = row.length, .tag = 0});
  const Cut cut = cut_frame(bytes, row.limit);
  CHECK(std::holds_alternative<ErrorCode>(cut) == !row.fits);
  if (row.fits && row.length > 0) CHECK(std::get<NeedMore>(cut).total_bytes == kHeaderBytes + row.length);
}

TEST_CASE("a header comes back as it was written") {
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  for (int i = 0; i < 10'000; ++i) {
    const Header header{.opcode = static_cast<std::uint8_t>(random()),
                        .flags = static_cast<std::uint8_t>(random()),
                        .length = static_cast<std::uint32_t>(random() % 50),
                        .tag = static_cast<std::uint16_t>(random())};
    Buffer bytes;
    append_header(bytes, header);
    bytes.resize(bytes.size() + header.length + 3);
    const Frame frame = std::get<Frame>(cut_frame(bytes, kLargestPayload));
    REQUIRE(frame.header == header);
    REQUIRE(frame.payload.size() == header.length);
  }
}

TEST_CASE("random bytes behind a good magic never do more than fail") {
  std::mt19937_64 random{Catch::rngSeed()};
  CAPTURE(Catch::rngSeed());
  std::size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    Buffer bytes{std::byte{kMagic}};
    bytes.push_back(static_cast<std::byte>(random() % 10));
    bytes.push_back(static_cast<std::byte>(random() % 32));
    const auto length = static_cast<std::uint8_t>(random() % 40);
    bytes.push_back(std::byte{length});
    for (std::size_t k = 0; k < length + 4U; ++k)
      bytes.push_back(static_cast<std::byte>(random() % 5 == 0 ? random() : 0));
    bytes[4] = bytes[5] = std::byte{0};
    const Cut cut = cut_frame(bytes, kLargestPayload);
    const auto* frame = std::get_if<Frame>(&cut);
    if (frame == nullptr) continue;
    const auto parsed = parse_request(*frame, Limits{});
    if (const auto* request = std::get_if<Request>(&parsed)) {
      ++accepted;
      for (std::size_t k = 0; k < request->ids.size(); ++k) static_cast<void>(request->ids[k]);
    }
    static_cast<void>(read_write_reply(frame->payload));
    static_cast<void>(read_online_reply(frame->payload));
    static_cast<void>(read_count_reply(frame->payload));
    static_cast<void>(read_hello_reply(frame->payload));
    static_cast<void>(read_error(frame->payload));
    static_cast<void>(read_notice(frame->payload));
  }
  CHECK(accepted > 0);
}

TEST_CASE("replies that are too short are none, and bytes behind their end are ignored") {
  const Buffer zeros(64);
  const std::span<const std::byte> bytes{zeros};
  CHECK_FALSE(read_write_reply(bytes.first(7)).has_value());
  CHECK(read_write_reply(bytes.first(8)).has_value());
  CHECK(read_write_reply(bytes.first(9)).has_value());
  CHECK_FALSE(read_count_reply(bytes.first(15)).has_value());
  CHECK(read_count_reply(bytes.first(17)).has_value());
  CHECK_FALSE(read_hello_reply(bytes.first(31)).has_value());
  CHECK(read_hello_reply(bytes.first(40)).has_value());
  CHECK_FALSE(read_online_reply(bytes.first(7)).has_value());
  CHECK_FALSE(read_online_reply(bytes.first(12)).has_value());
  CHECK(read_online_reply(bytes.first(16)).has_value());
  CHECK_FALSE(read_error(bytes.first(3)).has_value());
  CHECK(read_error(bytes.first(4)).has_value());
  CHECK_FALSE(read_notice(bytes.first(15)).has_value());
  CHECK(read_notice(bytes.first(20)).has_value());
}

TEST_CASE("an error for an unknown opcode can be taken neither for a request nor for an event") {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    CAPTURE(opcode);
    CHECK((reply_opcode(static_cast<std::uint8_t>(opcode)) & 0xC0U) == 0x80U);
  }
}

TEST_CASE("an age beyond what a detailed status can say is cut to its largest") {
  CHECK(unpack(pack({.presence = Presence::kLeft, .age_s = 0xFFFFFFFF})) ==
        DetailedStatus{.presence = Presence::kLeft, .age_s = DetailedStatus::kNoAge});
}
