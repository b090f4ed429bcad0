// Random requests come back as they were written; random bytes are refused or taken, and never do harm.
#include "protocol/request.hpp"

#include <random>

#include "protocol/foreign.hpp"
#include "protocol/frame.hpp"
#include "protocol/plain_request.hpp"
#include "protocol/reply.hpp"
#include "protocol/vectors.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::plain;
using lastbeat::test::PlainRequest;

namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_{seed} {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  template <typename T = std::uint64_t>
  T any() {
    return static_cast<T>(engine_());
  }
  bool flip() { return below(2) == 0; }
  std::byte byte() { return any<std::byte>(); }
  Buffer bytes(std::size_t size) {
    Buffer bytes(size);
    for (std::byte& byte : bytes) byte = this->byte();
    return bytes;
  }
  // All narrow in half of the lists; the edges are likely.
  std::vector<UserId> ids() {
    std::vector<UserId> ids(below(20));
    const bool narrow = flip();
    for (UserId& id : ids) {
      std::uint64_t value = below(4) == 0 ? 0 - below(2) : any();
      if (narrow) value &= 0xFFFFFFFFU;
      id = UserId{value};
    }
    return ids;
  }

 private:
  std::mt19937_64 engine_;
};

// Appends a random request and says what it means.
PlainRequest append_random(Buffer& out, Random& random) {
  PlainRequest means{.opcode = Opcode{static_cast<std::uint8_t>(1 + random.below(9))},
                     .tag = random.any<std::uint16_t>()};
  switch (means.opcode) {
    case Opcode::kHeartbeat:
    case Opcode::kLeave:
      means.quiet = random.flip();
      if (random.flip()) means.age = Age{random.any<std::uint32_t>()};
      means.ids = random.ids();
      (means.opcode == Opcode::kLeave ? append_leave : append_heartbeat)(out, means.tag, means.ids,
                                                                         {.quiet = means.quiet, .age = means.age});
      break;
    case Opcode::kStatus:
      means.detail = random.flip();
      means.ids = random.ids();
      append_status(out, means.tag, means.ids, means.detail ? StatusForm::kDetailed : StatusForm::kCompact);
      break;
    case Opcode::kOnline:
      means.cursor = random.any();
      means.page_limit = random.any<std::uint32_t>();
      append_online(out, means.tag, means.cursor, means.page_limit);
      break;
    case Opcode::kCount:
      append_count(out, means.tag);
      break;
    case Opcode::kStats:
      append_stats(out, means.tag);
      break;
    case Opcode::kPing: {
      const Buffer echo = random.bytes(random.below(kMaxPingBytes + 1));
      means.echo = as_text(echo);
      append_ping(out, means.tag, echo);
      break;
    }
    case Opcode::kHello:
      means.min_version = static_cast<std::uint8_t>(random.below(2));
      means.max_version = static_cast<std::uint8_t>(1 + random.below(255));
      append_hello(out, means.tag, means.min_version, means.max_version);
      break;
    case Opcode::kAuth: {
      const Buffer token = random.bytes(1 + random.below(kMaxTokenBytes));
      means.token = as_text(token);
      append_auth(out, means.tag, means.token);
      break;
    }
  }
  return means;
}

// Reads `input` as everything that it could be, as far as it goes. What was taken must lie within the input; its sum
// makes sure that every byte of it is looked at.
class Reader {
 public:
  void read(std::span<const std::byte> input) {
    sum += answer_to_foreign_protocol(input).size();
    for (const Frame* frame = cut(input); frame != nullptr; frame = cut(input)) {
      read_payload(*frame);
      input = input.subspan(frame->size_bytes());
    }
  }
  std::size_t taken = 0;
  std::size_t refused = 0;
  std::uint64_t sum = 0;

 private:
  const Frame* cut(std::span<const std::byte> input) {
    cut_ = cut_frame(input, Limits{}.max_payload_bytes);
    const auto* frame = std::get_if<Frame>(&cut_);
    if (frame != nullptr && frame->size_bytes() > input.size()) FAIL("a frame longer than its input");
    return frame;
  }
  void read_payload(const Frame& frame) {
    const auto parsed = parse_request(frame, kLimits);
    if (const auto* request = std::get_if<Request>(&parsed)) {
      ++taken;
      if (request->ids.size() > kLimits.max_ids || request->echo.size() > kMaxPingBytes) FAIL("over a limit");
      for (std::size_t i = 0; i < request->ids.size(); ++i) sum += static_cast<std::uint64_t>(request->ids[i]);
      for (const std::byte byte : request->echo) sum += static_cast<std::uint64_t>(byte);
      for (const char letter : request->token) sum += static_cast<std::uint64_t>(letter);
    } else {
      ++refused;
      sum += describe(std::get<ErrorCode>(parsed)).size();
    }
    if (const auto reply = read_write_reply(frame.payload)) sum += reply->refused;
    if (const auto reply = read_count_reply(frame.payload)) sum += reply->entries;
    if (const auto reply = read_hello_reply(frame.payload)) sum += reply->life;
    if (const auto reply = read_auth_reply(frame.payload)) sum += reply->grants;
    if (const auto notice = read_notice(frame.payload)) sum += notice->too_old_ids;
    if (const auto error = read_error(frame.payload)) {
      for (const char c : error->message) sum += static_cast<unsigned char>(c);
    }
    if (const auto reply = read_online_reply(frame.payload)) {
      const IdList ids{reply->id_bytes, true};
      for (std::size_t i = 0; i < ids.size(); ++i) sum += static_cast<std::uint64_t>(ids[i]);
    }
  }

  static constexpr Limits kLimits{.max_payload_bytes = Limits{}.max_payload_bytes, .max_ids = 16};
  Cut cut_;
};

}  // namespace

TEST_CASE("random requests, one behind the other, come back as they were written") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  Random random{seed};
  Buffer stream;
  std::vector<PlainRequest> expected;
  constexpr std::size_t kRequests = 20'000;
  expected.reserve(kRequests);
  while (expected.size() < kRequests) expected.push_back(append_random(stream, random));
  std::span<const std::byte> left{stream};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Cut cut = cut_frame(left, kLargestPayload);
    const auto* frame = std::get_if<Frame>(&cut);
    if (frame == nullptr) FAIL("request " << i << " is no frame");
    const auto parsed = parse_request(*frame, Limits{});
    const auto* request = std::get_if<Request>(&parsed);
    if (request == nullptr || plain(*request) != expected[i]) FAIL("request " << i);
    left = left.subspan(frame->size_bytes());
  }
  CHECK(left.empty());
}

TEST_CASE("random bytes never do more than fail") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  Random random{seed};
  Reader reader;
  for (int i = 0; i < 100'000; ++i) {
    Buffer bytes = random.bytes(random.below(40));
    if (!bytes.empty() && random.below(8) != 0) bytes[0] = std::byte{kMagic};
    reader.read(bytes);
  }
  CHECK(reader.sum > 0);
}

TEST_CASE("random payloads behind a good header never do more than fail") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  Random random{seed};
  Reader reader;
  for (int i = 0; i < 150'000; ++i) {
    Buffer payload = random.bytes(random.below(100));
    for (std::byte& byte : payload) {
      if (random.below(3) != 0) byte = static_cast<std::byte>(random.below(4));  // small lengths and versions
    }
    Buffer bytes;
    append_header(bytes, {.opcode = static_cast<std::uint8_t>(random.below(10)),
                          .flags = static_cast<std::uint8_t>(random.below(32)),
                          .length = static_cast<std::uint32_t>(payload.size()),
                          .tag = 0});
    append(bytes, payload);
    bytes.shrink_to_fit();  // no spare bytes behind it: AddressSanitizer sees the end
    reader.read(bytes);
  }
  CHECK(reader.taken > 1000);
  CHECK(reader.refused > 1000);
  CHECK(reader.sum > 0);
}

TEST_CASE("vectors of the document with bytes changed, lost or added never do more than fail") {
  const auto seed = Catch::rngSeed();
  INFO("seed " << seed);
  Random random{seed};
  std::vector<Buffer> vectors;
  for (const auto& [name, bytes] : test::read_vectors()) vectors.push_back(bytes);
  Reader reader;
  for (int i = 0; i < 100'000; ++i) {
    Buffer bytes = vectors[random.below(vectors.size())];
    for (std::uint64_t changes = random.below(4); changes > 0; --changes) {
      const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size()));
      switch (random.below(3)) {
        case 0:
          *at = random.byte();
          break;
        case 1:
          if (bytes.size() > 1) bytes.erase(at);
          break;
        default:
          bytes.insert(at, random.byte());
          break;
      }
    }
    bytes.shrink_to_fit();
    reader.read(bytes);
  }
  CHECK(reader.taken > 1000);
  CHECK(reader.refused > 1000);
  CHECK(reader.sum > 0);
}
