// docs/protocol.md is normative: its vectors are what the code writes and what it reads.
#include "protocol/vectors.hpp"

#include <array>
#include <functional>
#include <set>

#include "protocol/frame.hpp"
#include "protocol/plain_request.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::plain;
using lastbeat::test::PlainRequest;
using lastbeat::test::read_vectors;
using lastbeat::test::users;

namespace {

using Payload = std::span<const std::byte>;

struct RequestExample {
  const char* name;
  std::function<void(Buffer&)> write;
  PlainRequest means;
};

// Replies and events.
struct ReplyExample {
  const char* name;
  std::function<void(Buffer&)> write;
  Header header;  // its length is that of the vector
  std::function<bool(Payload)> means;
};

std::vector<RequestExample> request_examples() {
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};
  return {
      {"heartbeat",
       [](Buffer& out) {
         append_heartbeat(out, 1, users({7, 42}));
       },
       {.opcode = Opcode::kHeartbeat, .tag = 1, .ids = users({7, 42})}},
      {"heartbeat-wide-quiet-aged",
       [](Buffer& out) {
         append_heartbeat(out, 2, users({0, kLargest}), {.quiet = true, .age = Age{1500}});
       },
       {.opcode = Opcode::kHeartbeat, .tag = 2, .quiet = true, .age = Age{1500}, .ids = users({0, kLargest})}},
      {"leave",
       [](Buffer& out) { append_leave(out, 3, users({42})); },
       {.opcode = Opcode::kLeave, .tag = 3, .ids = users({42})}},
      {"status",
       [](Buffer& out) {
         append_status(out, 4, users({7, 42, 43, 44, 45}), StatusForm::kCompact);
       },
       {.opcode = Opcode::kStatus, .tag = 4, .ids = users({7, 42, 43, 44, 45})}},
      {"status-detailed",
       [](Buffer& out) {
         append_status(out, 5, users({7, 42, 43}), StatusForm::kDetailed);
       },
       {.opcode = Opcode::kStatus, .tag = 5, .detail = true, .ids = users({7, 42, 43})}},
      {"online",
       [](Buffer& out) { append_online(out, 6, 0, 1000); },
       {.opcode = Opcode::kOnline, .tag = 6, .cursor = 0, .page_limit = 1000}},
      {"count", [](Buffer& out) { append_count(out, 7); }, {.opcode = Opcode::kCount, .tag = 7}},
      {"stats", [](Buffer& out) { append_stats(out, 8); }, {.opcode = Opcode::kStats, .tag = 8}},
      {"ping",
       [](Buffer& out) { append_ping(out, 9, as_bytes("hi")); },
       {.opcode = Opcode::kPing, .tag = 9, .echo = "hi"}},
      {"hello",
       [](Buffer& out) { append_hello(out, 10); },
       {.opcode = Opcode::kHello, .tag = 10, .min_version = 1, .max_version = 1}},
      {"auth",
       [](Buffer& out) { append_auth(out, 12, "example-token"); },
       {.opcode = Opcode::kAuth, .tag = 12, .token = "example-token"}},
  };
}

bool is_error(Payload payload, ErrorCode code) {
  const auto error = read_error(payload);
  return error && error->code == code && error->message == describe(code);
}

constexpr std::array kDetailed{DetailedStatus{.presence = Presence::kOnline, .age_s = 3},
                               DetailedStatus{.presence = Presence::kLeft, .age_s = 5}, DetailedStatus{}};
constexpr std::array kCompact{Presence::kOnline, Presence::kLeft, Presence::kOffline, Presence::kUnknown,
                              Presence::kOnline};
// The limits are the defaults that the document gives.
constexpr HelloReply kHello{.version = 1,
                            .max_payload_bytes = 1U << 20U,
                            .max_ids = 65536,
                            .ttl_s = 30,
                            .interval_ms = 10'000,
                            .doubt_left_s = 0,
                            .life = 0x0102030405060708};
constexpr AuthReply kUserGrants{.grants = grant::kStatus | grant::kUser, .valid_s = 3600, .user = UserId{42}};
constexpr Notice kNotice{.last_code = ErrorCode::kBadLength, .refused_requests = 1, .refused_ids = 2, .too_old_ids = 3};

std::vector<ReplyExample> status_examples() {
  return {
      {"status-reply",
       [](Buffer& out) {
         append_header(out, {.opcode = 0x82, .flags = 0, .length = 2, .tag = 4});
         CompactStatusWriter writer{out};
         for (const Presence presence : kCompact) writer.put(presence);
       },
       {.opcode = 0x82, .tag = 4},
       [](Payload payload) {
         bool same = payload.size() == compact_status_bytes(kCompact.size());
         for (std::size_t i = 0; same && i < kCompact.size(); ++i) {
           same = compact_status_at(payload, i) == kCompact[i];
         }
         return same;
       }},
      {"status-detailed-reply",
       [](Buffer& out) {
         append_header(out, {.opcode = 0x82, .flags = 0, .length = 12, .tag = 5});
         for (const DetailedStatus status : kDetailed) append(out, pack(status));
       },
       {.opcode = 0x82, .tag = 5},
       [](Payload payload) {
         bool same = payload.size() == detailed_status_bytes(kDetailed.size());
         for (std::size_t i = 0; same && i < kDetailed.size(); ++i) {
           same = detailed_status_at(payload, i) == kDetailed[i];
         }
         return same;
       }},
  };
}

std::vector<ReplyExample> reply_examples() {
  return {
      {"heartbeat-reply",
       [](Buffer& out) { append_write_reply(out, Opcode::kHeartbeat, 1, {}); },
       {.opcode = 0x81, .tag = 1},
       [](Payload payload) { return read_write_reply(payload) == WriteReply{}; }},
      {"heartbeat-reply-refused",
       [](Buffer& out) { append_write_reply(out, Opcode::kHeartbeat, 3, {.refused = 1, .too_old = 2}); },
       {.opcode = 0x81, .tag = 3},
       [](Payload payload) { return read_write_reply(payload) == WriteReply{.refused = 1, .too_old = 2}; }},
      {"leave-reply",
       [](Buffer& out) { append_write_reply(out, Opcode::kLeave, 3, {}); },
       {.opcode = 0x83, .tag = 3},
       [](Payload payload) { return read_write_reply(payload) == WriteReply{}; }},
      {"online-reply",
       [](Buffer& out) {
         append_online_reply(out, 6, true, 0x1122334455667788, users({7, 42}));
       },
       {.opcode = 0x84, .flags = reply_flag::kMore, .tag = 6},
       [](Payload payload) {
         const auto reply = read_online_reply(payload);
         if (!reply || reply->next_cursor != 0x1122334455667788) return false;
         const IdList ids{reply->id_bytes, true};
         return ids.size() == 2 && ids[0] == UserId{7} && ids[1] == UserId{42};
       }},
      {"count-reply",
       [](Buffer& out) { append_count_reply(out, 7, {.online = 2, .entries = 3}); },
       {.opcode = 0x85, .tag = 7},
       [](Payload payload) { return read_count_reply(payload) == CountReply{.online = 2, .entries = 3}; }},
      {"stats-reply",
       [](Buffer& out) { append_bytes_reply(out, Opcode::kStats, 8, as_bytes("online 2\nentries 3\n")); },
       {.opcode = 0x86, .tag = 8},
       [](Payload payload) { return as_text(payload) == "online 2\nentries 3\n"; }},
      {"ping-reply",
       [](Buffer& out) { append_bytes_reply(out, Opcode::kPing, 9, as_bytes("hi")); },
       {.opcode = 0x87, .tag = 9},
       [](Payload payload) { return as_text(payload) == "hi"; }},
      {"hello-reply",
       [](Buffer& out) { append_hello_reply(out, 10, kHello); },
       {.opcode = 0x88, .tag = 10},
       [](Payload payload) { return read_hello_reply(payload) == kHello; }},
      {"auth-reply-user",
       [](Buffer& out) { append_auth_reply(out, 12, kUserGrants); },
       {.opcode = 0x89, .tag = 12},
       [](Payload payload) { return read_auth_reply(payload) == kUserGrants; }},
      {"auth-reply-service",
       [](Buffer& out) { append_auth_reply(out, 12, {.grants = grant::kHeartbeat | grant::kStatus}); },
       {.opcode = 0x89, .tag = 12},
       [](Payload payload) {
         return read_auth_reply(payload) == AuthReply{.grants = grant::kHeartbeat | grant::kStatus};
       }},
      {"auth-reply-refused",
       [](Buffer& out) { append_error_reply(out, 0x09, 12, ErrorCode::kUnauthenticated); },
       {.opcode = 0x89, .flags = reply_flag::kError, .tag = 12},
       [](Payload payload) { return is_error(payload, ErrorCode::kUnauthenticated); }},
      {"goodbye",
       [](Buffer& out) { append_goodbye(out, ErrorCode::kFrameTooLong); },
       {.opcode = 0xC0, .flags = reply_flag::kError, .tag = 0},
       [](Payload payload) { return is_error(payload, ErrorCode::kFrameTooLong); }},
      {"notice",
       [](Buffer& out) { append_notice(out, kNotice); },
       {.opcode = 0xC1, .tag = 0},
       [](Payload payload) { return read_notice(payload) == kNotice; }},
      {"unknown-opcode-reply",
       [](Buffer& out) { append_error_reply(out, 0x3F, 11, ErrorCode::kUnknownOpcode); },
       {.opcode = 0xBF, .flags = reply_flag::kError, .tag = 11},
       [](Payload payload) { return is_error(payload, ErrorCode::kUnknownOpcode); }},
  };
}

// The one vector that is no valid request: what it is answered stands next to it.
constexpr const char* kUnknownOpcode = "unknown-opcode";

Frame cut(const Buffer& bytes) {
  const Cut result = cut_frame(bytes, kLargestPayload);
  REQUIRE(std::holds_alternative<Frame>(result));
  const Frame frame = std::get<Frame>(result);
  REQUIRE(frame.size_bytes() == bytes.size());
  return frame;
}

}  // namespace

TEST_CASE("the document's requests are what clients write and what servers read") {
  const auto vectors = read_vectors();
  for (const RequestExample& example : request_examples()) {
    CAPTURE(example.name);
    REQUIRE(vectors.contains(example.name));
    const Buffer& bytes = vectors.at(example.name);
    Buffer written;
    example.write(written);
    CHECK(written == bytes);
    const auto parsed = parse_request(cut(bytes), Limits{});
    REQUIRE(std::holds_alternative<Request>(parsed));
    CHECK(plain(std::get<Request>(parsed)) == example.means);
  }
}

TEST_CASE("the document's replies and events are what servers write and what clients read") {
  const auto vectors = read_vectors();
  auto examples = reply_examples();
  for (ReplyExample& example : status_examples()) examples.push_back(std::move(example));
  for (const ReplyExample& example : examples) {
    CAPTURE(example.name);
    REQUIRE(vectors.contains(example.name));
    const Buffer& bytes = vectors.at(example.name);
    Buffer written;
    example.write(written);
    CHECK(written == bytes);
    const Frame frame = cut(bytes);
    CHECK(frame.header.opcode == example.header.opcode);
    CHECK(frame.header.flags == example.header.flags);
    CHECK(frame.header.tag == example.header.tag);
    CHECK(example.means(frame.payload));
  }
}

TEST_CASE("the document's unknown opcode is refused as one, whatever its payload") {
  const Buffer bytes = read_vectors().at(kUnknownOpcode);
  Buffer written;
  append_header(written, {.opcode = 0x3F, .flags = 0, .length = 3, .tag = 11});
  append(written, as_bytes("\x01\x02\x03"));
  CHECK(written == bytes);
  const auto parsed = parse_request(cut(bytes), Limits{});
  REQUIRE(std::holds_alternative<ErrorCode>(parsed));
  CHECK(std::get<ErrorCode>(parsed) == ErrorCode::kUnknownOpcode);
}

TEST_CASE("no vector of the document is without a test") {
  std::set<std::string> tested{kUnknownOpcode};
  for (const auto& example : request_examples()) tested.insert(example.name);
  for (const auto& example : reply_examples()) tested.insert(example.name);
  for (const auto& example : status_examples()) tested.insert(example.name);
  const auto vectors = read_vectors();
  for (const auto& [name, bytes] : vectors) {
    CAPTURE(name);
    CHECK(tested.contains(name));
  }
  CHECK(vectors.size() == tested.size());
}
