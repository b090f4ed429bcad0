#include "protocol/reply.hpp"

#include <random>

#include "protocol/request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;

namespace {

// The payload of the one frame in `bytes`.
std::span<const std::byte> payload_of(const Buffer& bytes) {
  const Cut cut = cut_frame(bytes, kLargestPayload);
  const auto* frame = std::get_if<Frame>(&cut);
  if (frame == nullptr || frame->size_bytes() != bytes.size()) FAIL("not one whole frame");
  return frame->payload;
}

// What a server of a later version sends: the same and some bytes more.
Buffer grown(std::span<const std::byte> payload, std::size_t extra) {
  Buffer bytes{payload.begin(), payload.end()};
  bytes.resize(bytes.size() + extra, std::byte{0xEE});
  return bytes;
}

}  // namespace

TEST_CASE("payloads that are too short are no reply, bytes behind the end of one are ignored") {
  struct Row {
    std::size_t size;
    bool (*reads)(std::span<const std::byte>);
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {8, [](std::span<const std::byte> bytes) { return read_write_reply(bytes).has_value(); }, "heartbeat, leave"},
      {16, [](std::span<const std::byte> bytes) { return read_count_reply(bytes).has_value(); }, "count"},
      {32, [](std::span<const std::byte> bytes) { return read_hello_reply(bytes).has_value(); }, "hello"},
      {16, [](std::span<const std::byte> bytes) { return read_auth_reply(bytes).has_value(); }, "auth"},
      {4, [](std::span<const std::byte> bytes) { return read_error(bytes).has_value(); }, "an error, a goodbye"},
      {16, [](std::span<const std::byte> bytes) { return read_notice(bytes).has_value(); }, "a notice"},
  }));
  INFO(row.why);
  for (std::size_t size = 0; size <= row.size + 20; ++size) {
    CAPTURE(size);
    CHECK(row.reads(Buffer(size)) == (size >= row.size));
  }
}

TEST_CASE("a page of online is a cursor and whole ids") {
  for (std::size_t size = 0; size <= 40; ++size) {
    CAPTURE(size);
    const Buffer payload(size);
    const auto reply = read_online_reply(payload);
    REQUIRE(reply.has_value() == (size >= 8 && size % 8 == 0));
    if (reply) CHECK(reply->id_bytes.size() == size - 8);
  }
}

TEST_CASE("a page of online says whether more follow") {
  for (const bool more : {false, true}) {
    Buffer bytes;
    append_online_reply(bytes, 1, more, 0, {});
    const Frame frame = std::get<Frame>(cut_frame(bytes, kLargestPayload));
    CHECK(frame.header.flags == (more ? reply_flag::kMore : 0));
  }
}

TEST_CASE("replies come back as they were written, also when they have grown") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  const auto u32 = [&] { return static_cast<std::uint32_t>(random()); };
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t extra = random() % 9;
    Buffer bytes;
    bool same = false;
    switch (random() % 7) {
      case 0: {
        const WriteReply reply{.refused = u32(), .too_old = u32()};
        append_write_reply(bytes, Opcode::kLeave, 1, reply);
        same = read_write_reply(grown(payload_of(bytes), extra)) == reply;
        break;
      }
      case 1: {
        const CountReply reply{.online = random(), .entries = random()};
        append_count_reply(bytes, 1, reply);
        same = read_count_reply(grown(payload_of(bytes), extra)) == reply;
        break;
      }
      case 2: {
        const HelloReply reply{.version = static_cast<std::uint8_t>(random()),
                               .max_payload_bytes = u32(),
                               .max_ids = u32(),
                               .ttl_s = u32(),
                               .interval_ms = u32(),
                               .doubt_left_s = u32(),
                               .life = random()};
        append_hello_reply(bytes, 1, reply);
        same = read_hello_reply(grown(payload_of(bytes), extra)) == reply;
        break;
      }
      case 3: {
        const Notice notice{.last_code = ErrorCode{static_cast<std::uint16_t>(random())},
                            .refused_requests = u32(),
                            .refused_ids = u32(),
                            .too_old_ids = u32()};
        append_notice(bytes, notice);
        same = read_notice(grown(payload_of(bytes), extra)) == notice;
        break;
      }
      case 4: {
        const AuthReply reply{.grants = u32(), .valid_s = u32(), .user = UserId{random()}};
        append_auth_reply(bytes, 1, reply);
        same = read_auth_reply(grown(payload_of(bytes), extra)) == reply;
        break;
      }
      case 5: {
        const DetailedStatus status{.presence = Presence{static_cast<std::uint8_t>(random() % 4)},
                                    .age_s = u32() & DetailedStatus::kNoAge};
        same = unpack(pack(status)) == status;
        break;
      }
      default: {
        std::vector<UserId> ids(random() % 20);
        for (UserId& id : ids) id = UserId{random()};
        const std::uint64_t cursor = random();
        append_online_reply(bytes, 1, random() % 2 == 0, cursor, ids);
        const auto reply = read_online_reply(payload_of(bytes));
        same = reply && reply->next_cursor == cursor && reply->id_bytes.size() == ids.size() * sizeof(UserId);
        for (std::size_t k = 0; same && k < ids.size(); ++k) same = IdList{reply->id_bytes, true}[k] == ids[k];
        break;
      }
    }
    if (!same) FAIL("round " << i);
  }
}

TEST_CASE("compact statuses come back in order, and what is left over is zero") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  for (std::size_t users = 0; users <= 40; ++users) {
    CAPTURE(users);
    std::vector<Presence> statuses(users);
    for (Presence& status : statuses) status = Presence{static_cast<std::uint8_t>(random() % 4)};
    Buffer out{std::byte{0x77}};  // what stands before the payload stays
    CompactStatusWriter writer{out};
    for (const Presence status : statuses) writer.put(status);
    REQUIRE(out.size() == 1 + compact_status_bytes(users));
    CHECK(out[0] == std::byte{0x77});
    const auto payload = std::span<const std::byte>{out}.subspan(1);
    for (std::size_t i = 0; i < users; ++i) REQUIRE(compact_status_at(payload, i) == statuses[i]);
    if (users % 4 != 0) CHECK(std::to_integer<unsigned>(payload.back()) >> (users % 4 * 2) == 0U);
  }
}

TEST_CASE("an age beyond what a detailed status can say is cut to its largest") {
  const auto presence = GENERATE(Presence::kOffline, Presence::kOnline, Presence::kUnknown, Presence::kLeft);
  const auto age = GENERATE(0x3FFFFFFFU, 0x40000000U, 0xFFFFFFFFU);
  CHECK(unpack(pack({.presence = presence, .age_s = age})) ==
        DetailedStatus{.presence = presence, .age_s = 0x3FFFFFFF});
}

TEST_CASE("an error carries its code, its message, and the opcode and tag that a good reply would have had") {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    CAPTURE(opcode);
    Buffer bytes;
    append_error_reply(bytes, static_cast<std::uint8_t>(opcode), 0xABCD, ErrorCode::kTooManyIds);
    const auto error = read_error(payload_of(bytes));
    REQUIRE(error.has_value());
    CHECK(error->code == ErrorCode::kTooManyIds);
    CHECK(error->message == describe(ErrorCode::kTooManyIds));
    const Frame frame = std::get<Frame>(cut_frame(bytes, kLargestPayload));
    CHECK(frame.header.opcode == ((opcode & 0x3FU) | 0x80U));
    CHECK(frame.header.flags == reply_flag::kError);
    CHECK(frame.header.tag == 0xABCD);
  }
}

TEST_CASE("an error without a message, and one of a code to come, are errors") {
  const auto error = read_error(as_bytes({"\xE7\x03\x00\x00", 4}));
  REQUIRE(error.has_value());
  CHECK(error->code == ErrorCode{999});
  CHECK(error->message.empty());
}
