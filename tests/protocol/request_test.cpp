#include "protocol/request.hpp"

#include "protocol/plain_request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::plain;
using lastbeat::test::PlainRequest;
using lastbeat::test::users;

namespace {

constexpr unsigned kWideFlag = 0x01, kQuietFlag = 0x02, kAgeFlag = 0x04, kDetailFlag = 0x08, kExtFlag = 0x10;

using Bytes = std::vector<unsigned>;

std::variant<Request, ErrorCode> parse(unsigned opcode, unsigned flags, const Buffer& payload,
                                       const Limits& limits = {}) {
  const Header header{.opcode = static_cast<std::uint8_t>(opcode),
                      .flags = static_cast<std::uint8_t>(flags),
                      .length = static_cast<std::uint32_t>(payload.size()),
                      .tag = 5};
  return parse_request({header, payload}, limits);
}
// A request refers to the payload that it was parsed from.
std::variant<Request, ErrorCode> parse(unsigned, unsigned, Buffer&&, const Limits& = {}) = delete;

Buffer buffer(const Bytes& bytes) {
  Buffer buffer;
  for (const unsigned byte : bytes) buffer.push_back(static_cast<std::byte>(byte));
  return buffer;
}

// Why a request is refused; 0 when it is taken.
unsigned refusal(unsigned opcode, unsigned flags, const Buffer& payload, const Limits& limits = {}) {
  const auto parsed = parse(opcode, flags, payload, limits);
  const auto* error = std::get_if<ErrorCode>(&parsed);
  return error == nullptr ? 0 : static_cast<unsigned>(*error);
}

// The document's numbers, once more.
constexpr unsigned kTaken = 0, kUnknownOpcode = 1, kUnknownFlag = 2, kBadLength = 3, kTooManyIds = 4,
                   kUnknownExtension = 5, kUnsupportedVersion = 6;

struct Row {
  unsigned opcode, flags;
  Bytes payload;
  unsigned refusal;
  const char* why;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(refusal(row.opcode, row.flags, buffer(row.payload)) == row.refusal);
  }
}

}  // namespace

TEST_CASE("every opcode takes the flags that the document gives it, and no others") {
  struct Allowed {
    unsigned opcode, flags;
    Bytes body;  // without WIDE; empty: ids
  };
  const std::vector<Allowed> document{
      {0x01, kWideFlag | kQuietFlag | kAgeFlag | kExtFlag, {}},
      {0x02, kWideFlag | kDetailFlag | kExtFlag, {}},
      {0x03, kWideFlag | kQuietFlag | kAgeFlag | kExtFlag, {}},
      {0x04, kExtFlag, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {0x05, kExtFlag, {}},
      {0x06, kExtFlag, {}},
      {0x07, kExtFlag, {}},
      {0x08, kExtFlag, {1, 1}},
      {0x09, kExtFlag, {'t'}},
  };
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    const auto known = std::find_if(document.begin(), document.end(),
                                    [&](const Allowed& allowed) { return allowed.opcode == opcode; });
    for (unsigned flags = 0; flags < 256; ++flags) {
      unsigned expected = kUnknownOpcode;
      Bytes payload;
      if (known != document.end()) {
        expected = (flags & ~known->flags & 0xFFU) == 0 ? kTaken : kUnknownFlag;
        // A payload that fits, so that what is allowed is taken.
        if ((flags & kExtFlag) != 0) payload.insert(payload.end(), {0, 0});
        if ((flags & kAgeFlag) != 0) payload.insert(payload.end(), {1, 0, 0, 0});
        payload.insert(payload.end(), known->body.begin(), known->body.end());
        if (opcode <= 0x03) payload.resize(payload.size() + ((flags & kWideFlag) != 0 ? 8 : 4));
      }
      const Buffer bytes = buffer(payload);
      const auto parsed = parse(opcode, flags, bytes);
      const auto* error = std::get_if<ErrorCode>(&parsed);
      if ((error == nullptr ? kTaken : static_cast<unsigned>(*error)) != expected) {
        FAIL("opcode " << opcode << " flags " << flags);
      }
      if (error != nullptr) continue;
      const auto& request = std::get<Request>(parsed);
      const bool right =
          static_cast<unsigned>(request.opcode) == opcode && request.tag == 5 &&
          request.quiet == ((flags & kQuietFlag) != 0) && request.detail == ((flags & kDetailFlag) != 0) &&
          request.age.has_value() == ((flags & kAgeFlag) != 0) && request.ids.size() == (opcode <= 0x03 ? 1 : 0);
      if (!right) FAIL("opcode " << opcode << " flags " << flags << " was misread");
    }
  }
}

TEST_CASE("ids must be a whole number of ids") {
  for (const unsigned opcode : {0x01U, 0x02U, 0x03U}) {
    for (std::size_t bytes = 0; bytes <= 40; ++bytes) {
      CAPTURE(opcode, bytes);
      CHECK(refusal(opcode, 0, Buffer(bytes)) == (bytes % 4 == 0 ? kTaken : kBadLength));
      CHECK(refusal(opcode, kWideFlag, Buffer(bytes)) == (bytes % 8 == 0 ? kTaken : kBadLength));
    }
  }
}

TEST_CASE("an age must be whole, and stands before the ids") {
  for (const unsigned opcode : {0x01U, 0x03U}) {
    for (std::size_t bytes = 0; bytes <= 20; ++bytes) {
      CAPTURE(opcode, bytes);
      const bool fits = bytes >= 4 && bytes % 4 == 0;
      CHECK(refusal(opcode, kAgeFlag, Buffer(bytes)) == (fits ? kTaken : kBadLength));
    }
  }
  const Buffer oldest = buffer({0xFF, 0xFF, 0xFF, 0xFF, 7, 0, 0, 0});
  const auto parsed = parse(0x03, kAgeFlag, oldest);
  REQUIRE(std::holds_alternative<Request>(parsed));
  CHECK(plain(std::get<Request>(parsed)) ==
        PlainRequest{.opcode = Opcode::kLeave, .tag = 5, .age = Age::max(), .ids = users({7})});
}

TEST_CASE("as many ids as the limit are taken, one more is refused") {
  struct Case {
    unsigned flags;
    std::size_t id_bytes;
    std::size_t age_bytes;
  };
  const auto form =
      GENERATE(values<Case>({{0, 4, 0}, {kWideFlag, 8, 0}, {kAgeFlag, 4, 4}, {kWideFlag | kAgeFlag, 8, 4}}));
  const std::uint32_t max_ids = GENERATE(0U, 1U, 3U, Limits{}.max_ids);
  const unsigned opcode = GENERATE(0x01U, 0x02U, 0x03U);
  if (opcode == 0x02 && form.age_bytes > 0) return;
  CAPTURE(opcode, form.flags, max_ids);
  const Limits limits{.max_ids = max_ids};
  const std::size_t exact = form.age_bytes + max_ids * form.id_bytes;
  CHECK(refusal(opcode, form.flags, Buffer(exact), limits) == kTaken);
  CHECK(refusal(opcode, form.flags, Buffer(exact + form.id_bytes), limits) == kTooManyIds);
}

TEST_CASE("bodies that do not fit are refused, those that just fit are not") {
  check({
      {0x04, 0, {}, kBadLength, "online, nothing"},
      {0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, kBadLength, "online, 11 bytes"},
      {0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, kTaken, "online, 12 bytes"},
      {0x04, 0, {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9}, kBadLength, "online, 13 bytes"},
      {0x05, 0, {}, kTaken, "count"},
      {0x05, 0, {0}, kBadLength, "count with a body"},
      {0x06, 0, {}, kTaken, "stats"},
      {0x06, 0, {0}, kBadLength, "stats with a body"},
      {0x08, 0, {}, kBadLength, "hello, nothing"},
      {0x08, 0, {1}, kBadLength, "hello, a byte short"},
      {0x08, 0, {1, 1, 1}, kBadLength, "hello, a byte long"},
      {0x08, 0, {9, 9, 9}, kBadLength, "hello, a byte long and too new: the length comes first"},
  });
}

TEST_CASE("hello is taken when version 1 lies in its range, for every range") {
  for (unsigned lowest = 0; lowest < 256; ++lowest) {
    for (unsigned highest = 0; highest < 256; ++highest) {
      const bool speaks_one = lowest <= 1 && highest >= 1;
      const unsigned expected = speaks_one ? kTaken : kUnsupportedVersion;
      if (refusal(0x08, 0, buffer({lowest, highest})) != expected) FAIL("hello " << lowest << " to " << highest);
    }
  }
}

TEST_CASE("auth carries a token of 1 to 4096 bytes") {
  CHECK(refusal(0x09, 0, {}) == kBadLength);
  CHECK(refusal(0x09, 0, Buffer(1)) == kTaken);
  CHECK(refusal(0x09, 0, Buffer(kMaxTokenBytes)) == kTaken);
  CHECK(refusal(0x09, 0, Buffer(kMaxTokenBytes + 1)) == kBadLength);
}

TEST_CASE("a ping carries up to 64 bytes") {
  for (std::size_t bytes = 0; bytes <= 70; ++bytes) {
    CAPTURE(bytes);
    CHECK(refusal(0x07, 0, Buffer(bytes)) == (bytes <= 64 ? kTaken : kBadLength));
  }
}

TEST_CASE("extensions are skipped when they are hints and refused when they must be understood") {
  check({
      {0x05, kExtFlag, {0, 0}, kTaken, "an empty block"},
      {0x05, kExtFlag, {2, 0, 0x00, 0}, kTaken, "the lowest hint"},
      {0x05, kExtFlag, {3, 0, 0x01, 1, 9}, kTaken, "an unknown hint"},
      {0x05, kExtFlag, {4, 0, 0x01, 0, 0x7F, 0}, kTaken, "two hints without content"},
      {0x05, kExtFlag, {4, 0, 0x7F, 2, 0x80, 0x80}, kTaken, "content that looks like a type"},
      {0x05, kExtFlag, {2, 0, 0x80, 0}, kUnknownExtension, "the first that must be understood"},
      {0x05, kExtFlag, {3, 0, 0xFF, 1, 9}, kUnknownExtension, "the last that must be understood"},
      {0x05, kExtFlag, {4, 0, 0x01, 0, 0xFF, 0}, kUnknownExtension, "behind a hint"},
      {0x05, kExtFlag, {}, kBadLength, "no block"},
      {0x05, kExtFlag, {1}, kBadLength, "half a length"},
      {0x05, kExtFlag, {1, 0}, kBadLength, "a block longer than the payload"},
      {0x05, kExtFlag, {0xFF, 0xFF, 0x01, 0}, kBadLength, "a block much longer than the payload"},
      {0x05, kExtFlag, {1, 0, 0x01}, kBadLength, "a type without a length"},
      {0x05, kExtFlag, {3, 0, 0x01, 2, 9}, kBadLength, "content longer than the block"},
      {0x05, kExtFlag, {2, 0, 0x01, 1, 9}, kBadLength, "content beyond the block, though within the payload"},
      {0x05, kExtFlag, {3, 0, 0x01, 0, 0x01}, kBadLength, "a second entry without a length"},
      {0x05, kExtFlag, {0, 0, 7}, kBadLength, "a body where none belongs"},
      {0x07, kExtFlag, {0, 0, 7}, kTaken, "a body where one belongs"},
      {0x01, 0, {2, 0, 0x80, 0}, kTaken, "an id that looks like a block: no flag"},
  });
}

TEST_CASE("a request with extensions is refused wherever it is truncated before its end") {
  // Extensions, age, one wide id: every proper prefix is cut in one of them.
  const Buffer whole = buffer({5, 0, 0x01, 1, 9, 0x02, 0, 0xE8, 3, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0});
  const unsigned flags = kWideFlag | kAgeFlag | kExtFlag;
  constexpr std::size_t kBeforeIds = 2 + 5 + 4;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const Buffer prefix{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
    CHECK(refusal(0x01, flags, prefix) == (size == kBeforeIds ? kTaken : kBadLength));  // no ids are ids too
  }
  const auto parsed = parse(0x01, flags, whole);
  REQUIRE(std::holds_alternative<Request>(parsed));
  CHECK(plain(std::get<Request>(parsed)) ==
        PlainRequest{.opcode = Opcode::kHeartbeat, .tag = 5, .age = Age{1000}, .ids = users({7})});
}

TEST_CASE("extensions do not count as bytes of a ping or as ids") {
  Buffer payload = buffer({3, 0, 0x01, 1, 9});
  payload.resize(payload.size() + 64);
  CHECK(refusal(0x07, kExtFlag, payload) == kTaken);
  CHECK(refusal(0x02, kExtFlag, payload, {.max_ids = 16}) == kTaken);
  CHECK(refusal(0x02, kExtFlag, payload, {.max_ids = 15}) == kTooManyIds);
}

TEST_CASE("ids go out in four bytes when all of them fit, in eight when one does not") {
  struct Case {
    std::vector<UserId> ids;
    std::size_t id_bytes;
    const char* why;
  };
  for (const Case& row : std::vector<Case>{{users({}), 4, "none"},
                                           {users({0, 0xFFFFFFFF}), 4, "the largest narrow id"},
                                           {users({0x100000000, 0}), 8, "the smallest wide id, first"},
                                           {users({0, 0x100000000}), 8, "the smallest wide id, last"}}) {
    INFO(row.why);
    Buffer bytes;
    append_status(bytes, 1, row.ids, StatusForm::kCompact);
    CHECK(bytes.size() == kHeaderBytes + row.ids.size() * row.id_bytes);
    CHECK(std::to_integer<unsigned>(bytes[2]) == (row.id_bytes == 8 ? kWideFlag : 0));
  }
}
