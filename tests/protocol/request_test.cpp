#include "protocol/request.hpp"

#include "protocol/reply.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;

namespace {

Buffer raw(std::uint8_t opcode, std::uint8_t flags, std::initializer_list<unsigned> payload) {
  Buffer bytes;
  append_header(bytes,
                {.opcode = opcode, .flags = flags, .length = static_cast<std::uint32_t>(payload.size()), .tag = 5});
  for (const unsigned byte : payload) bytes.push_back(static_cast<std::byte>(byte));
  return bytes;
}

std::variant<Request, ErrorCode> parse(const Buffer& bytes, const Limits& limits = {}) {
  return parse_request(std::get<Frame>(cut_frame(bytes, kLargestPayload)), limits);
}

std::optional<ErrorCode> error_of(const Buffer& bytes, const Limits& limits = {}) {
  const auto parsed = parse(bytes, limits);
  const auto* error = std::get_if<ErrorCode>(&parsed);
  return error == nullptr ? std::nullopt : std::optional{*error};
}

// The table "Request flags" of the document, once more.
std::uint8_t documented_flags(unsigned opcode) {
  switch (opcode) {
    case 0x01:
    case 0x03:
      return 0x01 | 0x02 | 0x04 | 0x10;
    case 0x02:
      return 0x01 | 0x08 | 0x10;
    default:
      return 0x10;
  }
}

}  // namespace

TEST_CASE("every opcode takes the flags that the document gives it, and no others") {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    for (unsigned flags = 0; flags < 256; ++flags) {
      const auto error = error_of(raw(static_cast<std::uint8_t>(opcode), static_cast<std::uint8_t>(flags), {}));
      const bool is_known = opcode >= 0x01 && opcode <= 0x08;
      const bool is_allowed = is_known && (flags & ~documented_flags(opcode) & 0xFFU) == 0;
      const bool refused_for_it = error == ErrorCode::kUnknownOpcode || error == ErrorCode::kUnknownFlag;
      if (refused_for_it == is_allowed) FAIL("opcode " << opcode << " flags " << flags);
      if (!is_known && error != ErrorCode::kUnknownOpcode) FAIL("opcode " << opcode);
    }
  }
}

TEST_CASE("payloads that do not fit are refused, those that just fit are not") {
  struct Row {
    Buffer bytes;
    std::optional<ErrorCode> error;
    const char* why;
  };
  const Buffer hello_none = raw(0x08, 0, {2, 3});
  const std::vector<Row> rows{
      {raw(0x01, 0, {}), std::nullopt, "no ids at all"},
      {raw(0x01, 0, {1, 2, 3, 4}), std::nullopt, "one narrow id"},
      {raw(0x01, 0, {1, 2, 3, 4, 5}), ErrorCode::kBadLength, "a narrow id and a byte"},
      {raw(0x01, 0x01, {1, 2, 3, 4}), ErrorCode::kBadLength, "half a wide id"},
      {raw(0x02, 0x01, {1, 2, 3, 4, 5, 6, 7, 8}), std::nullopt, "one wide id"},
      {raw(0x03, 0x04, {1, 2, 3}), ErrorCode::kBadLength, "three quarters of an age"},
      {raw(0x03, 0x04, {1, 2, 3, 4}), std::nullopt, "an age and no ids"},
      {raw(0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}), ErrorCode::kBadLength, "online, a byte short"},
      {raw(0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}), std::nullopt, "online"},
      {raw(0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9}), ErrorCode::kBadLength, "online, a byte long"},
      {raw(0x05, 0, {0}), ErrorCode::kBadLength, "count with a body"},
      {raw(0x06, 0, {0}), ErrorCode::kBadLength, "stats with a body"},
      {raw(0x08, 0, {1}), ErrorCode::kBadLength, "hello, a byte short"},
      {raw(0x08, 0, {0, 1}), std::nullopt, "hello, up to 1"},
      {raw(0x08, 0, {1, 200}), std::nullopt, "hello, from 1"},
      {hello_none, ErrorCode::kUnsupportedVersion, "hello, too new"},
      {raw(0x08, 0, {0, 0}), ErrorCode::kUnsupportedVersion, "hello, too old"},
      {raw(0x08, 0, {1, 0}), ErrorCode::kUnsupportedVersion, "hello, an empty range"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(error_of(row.bytes) == row.error);
  }
}

TEST_CASE("a ping carries up to its limit of bytes") {
  Buffer bytes;
  append_ping(bytes, 1, Buffer(kMaxPingBytes));
  CHECK(error_of(bytes) == std::nullopt);
  Buffer longer;
  append_ping(longer, 1, Buffer(kMaxPingBytes + 1));
  CHECK(error_of(longer) == ErrorCode::kBadLength);
}

TEST_CASE("as many ids as the limit are taken, one more is refused") {
  constexpr Limits kLimits{.max_payload_bytes = 1000, .max_ids = 3};
  Buffer three;
  append_status(three, 1, std::vector<UserId>(3), StatusForm::kCompact);
  CHECK(error_of(three, kLimits) == std::nullopt);
  Buffer four;
  append_status(four, 1, std::vector<UserId>(4), StatusForm::kCompact);
  CHECK(error_of(four, kLimits) == ErrorCode::kTooManyIds);
}

TEST_CASE("extensions are skipped when they are hints and refused when they must be understood") {
  struct Row {
    Buffer bytes;
    std::optional<ErrorCode> error;
    const char* why;
  };
  const std::vector<Row> rows{
      {raw(0x05, 0x10, {0, 0}), std::nullopt, "an empty block"},
      {raw(0x05, 0x10, {3, 0, 0x01, 1, 9}), std::nullopt, "an unknown hint"},
      {raw(0x05, 0x10, {4, 0, 0x01, 0, 0x7F, 0}), std::nullopt, "two hints without content"},
      {raw(0x05, 0x10, {2, 0, 0x80, 0}), ErrorCode::kUnknownExtension, "one that must be understood"},
      {raw(0x05, 0x10, {4, 0, 0x01, 0, 0xFF, 0}), ErrorCode::kUnknownExtension, "behind a hint"},
      {raw(0x05, 0x10, {}), ErrorCode::kBadLength, "no block"},
      {raw(0x05, 0x10, {1}), ErrorCode::kBadLength, "half a length"},
      {raw(0x05, 0x10, {3, 0, 0x01, 1}), ErrorCode::kBadLength, "a block longer than the payload"},
      {raw(0x05, 0x10, {1, 0, 0x01}), ErrorCode::kBadLength, "a type without a length"},
      {raw(0x05, 0x10, {3, 0, 0x01, 2, 9}), ErrorCode::kBadLength, "content longer than the block"},
      {raw(0x05, 0x10, {0, 0, 7}), ErrorCode::kBadLength, "a body where none belongs"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(error_of(row.bytes) == row.error);
  }
}

TEST_CASE("extensions stand before the age, the age before the ids") {
  const Buffer bytes = raw(0x01, 0x01 | 0x04 | 0x10, {2, 0, 0x01, 0, 0xE8, 3, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0});
  const auto parsed = parse(bytes);
  const auto& request = std::get<Request>(parsed);
  CHECK(request.age == Age{1000});
  REQUIRE(request.ids.size() == 1);
  CHECK(request.ids[0] == UserId{7});
}

TEST_CASE("ids go out in four bytes when all of them fit") {
  Buffer narrow;
  append_status(narrow, 1, std::vector{UserId{0xFFFFFFFF}, UserId{0}}, StatusForm::kCompact);
  CHECK(narrow.size() == kHeaderBytes + 2 * 4);
  Buffer wide;
  append_status(wide, 1, std::vector{UserId{0x100000000}, UserId{0}}, StatusForm::kCompact);
  CHECK(wide.size() == kHeaderBytes + 2 * 8);
}
