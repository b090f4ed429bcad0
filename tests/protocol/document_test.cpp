// docs/protocol.md is normative: its vectors are what the code writes and reads, and its tables are what the code
// knows.
#include <functional>
#include <sstream>

#include "protocol/foreign.hpp"
#include "protocol/frame.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "protocol/vectors.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::protocol;
using lastbeat::test::read_protocol_document;
using lastbeat::test::read_vectors;

namespace {

constexpr UserId kLargest{~std::uint64_t{0}};

std::vector<UserId> users(std::initializer_list<std::uint64_t> ids) {
  std::vector<UserId> users;
  for (const std::uint64_t id : ids) users.push_back(UserId{id});
  return users;
}

Frame cut(const Buffer& bytes) {
  const Cut result = cut_frame(bytes, kLargestPayload);
  REQUIRE(std::holds_alternative<Frame>(result));
  const Frame frame = std::get<Frame>(result);
  REQUIRE(frame.size_bytes() == bytes.size());
  return frame;
}

Request parse(const Buffer& bytes) {
  const auto request = parse_request(cut(bytes), Limits{});
  REQUIRE(std::holds_alternative<Request>(request));
  return std::get<Request>(request);
}

std::vector<UserId> ids_of(const Request& request) {
  std::vector<UserId> ids;
  for (std::size_t i = 0; i < request.ids.size(); ++i) ids.push_back(request.ids[i]);
  return ids;
}

// How a vector is written, and what reading it must find.
struct Example {
  std::function<void(Buffer&)> write;
  std::function<void(const Buffer&)> check;
};

std::map<std::string, Example> examples() {
  const auto status_ids = users({7, 42, 43, 44, 45});
  return {
      {"heartbeat",
       {[](Buffer& out) {
          append_heartbeat(out, 1, users({7, 42}));
        },
        [](const Buffer& bytes) {
          const Request request = parse(bytes);
          CHECK(request.opcode == Opcode::kHeartbeat);
          CHECK(request.tag == 1);
          CHECK_FALSE(request.quiet);
          CHECK_FALSE(request.age.has_value());
          CHECK(ids_of(request) == users({7, 42}));
        }}},
      {"heartbeat-reply",
       {[](Buffer& out) { append_write_reply(out, Opcode::kHeartbeat, 1, {}); },
        [](const Buffer& bytes) { CHECK(read_write_reply(cut(bytes).payload) == WriteReply{}); }}},
      {"heartbeat-wide-quiet-aged",
       {[](Buffer& out) {
          append_heartbeat(out, 2, std::vector{UserId{0}, kLargest}, {.quiet = true, .age = Age{1500}});
        },
        [](const Buffer& bytes) {
          const Request request = parse(bytes);
          CHECK(request.quiet);
          CHECK(request.age == Age{1500});
          CHECK(ids_of(request) == std::vector{UserId{0}, kLargest});
        }}},
      {"heartbeat-reply-refused",
       {[](Buffer& out) { append_write_reply(out, Opcode::kHeartbeat, 3, {.refused = 1, .too_old = 2}); },
        [](const Buffer& bytes) {
          CHECK(read_write_reply(cut(bytes).payload) == WriteReply{.refused = 1, .too_old = 2});
        }}},
      {"leave",
       {[](Buffer& out) { append_leave(out, 3, users({42})); },
        [](const Buffer& bytes) {
          CHECK(parse(bytes).opcode == Opcode::kLeave);
          CHECK(ids_of(parse(bytes)) == users({42}));
        }}},
      {"leave-reply",
       {[](Buffer& out) { append_write_reply(out, Opcode::kLeave, 3, {}); },
        [](const Buffer& bytes) { CHECK(cut(bytes).header.opcode == 0x83); }}},
      {"status",
       {[=](Buffer& out) { append_status(out, 4, status_ids, StatusForm::kCompact); },
        [=](const Buffer& bytes) {
          CHECK_FALSE(parse(bytes).detail);
          CHECK(ids_of(parse(bytes)) == status_ids);
        }}},
      {"status-reply",
       {[](Buffer& out) {
          append_header(out, {.opcode = 0x82, .flags = 0, .length = 2, .tag = 4});
          CompactStatusWriter writer{out};
          for (const Presence presence :
               {Presence::kOnline, Presence::kLeft, Presence::kOffline, Presence::kUnknown, Presence::kOnline}) {
            writer.put(presence);
          }
        },
        [](const Buffer& bytes) {
          const auto payload = cut(bytes).payload;
          CHECK(payload.size() == compact_status_bytes(5));
          CHECK(compact_status_at(payload, 0) == Presence::kOnline);
          CHECK(compact_status_at(payload, 1) == Presence::kLeft);
          CHECK(compact_status_at(payload, 2) == Presence::kOffline);
          CHECK(compact_status_at(payload, 3) == Presence::kUnknown);
          CHECK(compact_status_at(payload, 4) == Presence::kOnline);
        }}},
      {"status-detailed",
       {[](Buffer& out) {
          append_status(out, 5, users({7, 42, 43}), StatusForm::kDetailed);
        },
        [](const Buffer& bytes) { CHECK(parse(bytes).detail); }}},
      {"status-detailed-reply",
       {[](Buffer& out) {
          append_header(out, {.opcode = 0x82, .flags = 0, .length = 12, .tag = 5});
          append(out, pack({.presence = Presence::kOnline, .age_s = 3}));
          append(out, pack({.presence = Presence::kLeft, .age_s = 5}));
          append(out, pack({.presence = Presence::kOffline, .age_s = DetailedStatus::kNoAge}));
        },
        [](const Buffer& bytes) {
          const auto payload = cut(bytes).payload;
          CHECK(detailed_status_at(payload, 0) == DetailedStatus{.presence = Presence::kOnline, .age_s = 3});
          CHECK(detailed_status_at(payload, 1) == DetailedStatus{.presence = Presence::kLeft, .age_s = 5});
          CHECK(detailed_status_at(payload, 2) == DetailedStatus{});
        }}},
      {"online",
       {[](Buffer& out) { append_online(out, 6, 0, 1000); },
        [](const Buffer& bytes) {
          CHECK(parse(bytes).cursor == 0);
          CHECK(parse(bytes).page_limit == 1000);
        }}},
      {"online-reply",
       {[](Buffer& out) {
          append_online_reply(out, 6, true, 0x1122334455667788, users({7, 42}));
        },
        [](const Buffer& bytes) {
          const Frame frame = cut(bytes);
          CHECK(frame.header.flags == reply_flag::kMore);
          const auto reply = read_online_reply(frame.payload).value();
          CHECK(reply.next_cursor == 0x1122334455667788);
          const IdList ids{reply.id_bytes, true};
          REQUIRE(ids.size() == 2);
          CHECK(ids[1] == UserId{42});
        }}},
      {"count",
       {[](Buffer& out) { append_count(out, 7); },
        [](const Buffer& bytes) { CHECK(parse(bytes).opcode == Opcode::kCount); }}},
      {"count-reply",
       {[](Buffer& out) { append_count_reply(out, 7, {.online = 2, .entries = 3}); },
        [](const Buffer& bytes) {
          CHECK(read_count_reply(cut(bytes).payload) == CountReply{.online = 2, .entries = 3});
        }}},
      {"stats",
       {[](Buffer& out) { append_stats(out, 8); },
        [](const Buffer& bytes) { CHECK(parse(bytes).opcode == Opcode::kStats); }}},
      {"stats-reply",
       {[](Buffer& out) { append_bytes_reply(out, Opcode::kStats, 8, as_bytes("online 2\nentries 3\n")); },
        [](const Buffer& bytes) { CHECK(as_text(cut(bytes).payload) == "online 2\nentries 3\n"); }}},
      {"ping",
       {[](Buffer& out) { append_ping(out, 9, as_bytes("hi")); },
        [](const Buffer& bytes) { CHECK(as_text(parse(bytes).echo) == "hi"); }}},
      {"ping-reply",
       {[](Buffer& out) { append_bytes_reply(out, Opcode::kPing, 9, as_bytes("hi")); },
        [](const Buffer& bytes) { CHECK(as_text(cut(bytes).payload) == "hi"); }}},
      {"hello",
       {[](Buffer& out) { append_hello(out, 10); },
        [](const Buffer& bytes) {
          CHECK(parse(bytes).min_version == 1);
          CHECK(parse(bytes).max_version == 1);
        }}},
      {"hello-reply",
       {[](Buffer& out) {
          append_hello_reply(out, 10,
                             {.version = 1,
                              .max_payload_bytes = Limits{}.max_payload_bytes,
                              .max_ids = Limits{}.max_ids,
                              .ttl_s = 30,
                              .interval_ms = 10'000,
                              .doubt_left_s = 0,
                              .life = 0x0102030405060708});
        },
        [](const Buffer& bytes) {
          const auto reply = read_hello_reply(cut(bytes).payload).value();
          CHECK(reply.version == 1);
          CHECK(reply.max_payload_bytes == Limits{}.max_payload_bytes);
          CHECK(reply.max_ids == Limits{}.max_ids);
          CHECK(reply.ttl_s == 30);
          CHECK(reply.interval_ms == 10'000);
          CHECK(reply.life == 0x0102030405060708);
        }}},
      {"goodbye",
       {[](Buffer& out) { append_goodbye(out, ErrorCode::kFrameTooLong); },
        [](const Buffer& bytes) {
          CHECK(cut(bytes).header.opcode == static_cast<std::uint8_t>(Event::kGoodbye));
          CHECK(read_error(cut(bytes).payload).value().code == ErrorCode::kFrameTooLong);
        }}},
      {"notice",
       {[](Buffer& out) {
          append_notice(
              out, {.last_code = ErrorCode::kBadLength, .refused_requests = 1, .refused_ids = 2, .too_old_ids = 3});
        },
        [](const Buffer& bytes) {
          CHECK(read_notice(cut(bytes).payload) ==
                Notice{.last_code = ErrorCode::kBadLength, .refused_requests = 1, .refused_ids = 2, .too_old_ids = 3});
        }}},
      {"unknown-opcode",
       {[](Buffer& out) {
          append_header(out, {.opcode = 0x3F, .flags = 0, .length = 3, .tag = 11});
          for (const unsigned byte : {1U, 2U, 3U}) out.push_back(static_cast<std::byte>(byte));
        },
        [](const Buffer& bytes) {
          CHECK(std::get<ErrorCode>(parse_request(cut(bytes), Limits{})) == ErrorCode::kUnknownOpcode);
        }}},
      {"unknown-opcode-reply",
       {[](Buffer& out) { append_error_reply(out, 0x3F, 11, ErrorCode::kUnknownOpcode); },
        [](const Buffer& bytes) {
          CHECK(read_error(cut(bytes).payload).value().code == ErrorCode::kUnknownOpcode);
          CHECK(read_error(cut(bytes).payload).value().message == describe(ErrorCode::kUnknownOpcode));
        }}},
  };
}

}  // namespace

TEST_CASE("every hex vector of the document is what the code writes and reads, and no vector is left over") {
  const auto vectors = read_vectors();
  const auto known = examples();
  for (const auto& [name, bytes] : vectors) {
    CAPTURE(name);
    REQUIRE(known.contains(name));
    Buffer written;
    known.at(name).write(written);
    CHECK(written == bytes);
    known.at(name).check(bytes);
  }
  for (const auto& [name, example] : known) {
    CAPTURE(name);
    CHECK(vectors.contains(name));
  }
}

TEST_CASE("the vectors in a row come out frame by frame, wherever the stream is cut") {
  Buffer stream;
  std::vector<Buffer> frames;
  for (const auto& [name, bytes] : read_vectors()) {
    frames.push_back(bytes);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  // A receiver that has the first `available` bytes, then all.
  for (std::size_t cut_at = 0; cut_at <= stream.size(); ++cut_at) {
    std::size_t at = 0;
    std::size_t available = cut_at;
    for (const Buffer& expected : frames) {
      Cut result = cut_frame(std::span{stream}.subspan(at, available - at), kLargestPayload);
      if (const auto* more = std::get_if<NeedMore>(&result)) {
        const std::size_t here = available - at;
        if (more->total_bytes != (here < kHeaderBytes ? kHeaderBytes : expected.size())) FAIL("cut at " << cut_at);
        available = stream.size();
        result = cut_frame(std::span{stream}.subspan(at), kLargestPayload);
      }
      const auto* frame = std::get_if<Frame>(&result);
      if (frame == nullptr || frame->size_bytes() != expected.size()) FAIL("cut at " << cut_at);
      at += frame->size_bytes();
    }
  }
}

TEST_CASE("the document's errors are the code's") {
  const std::string document = read_protocol_document();
  const std::vector<std::pair<ErrorCode, const char*>> codes{
      {ErrorCode::kUnknownOpcode, "unknown opcode"},
      {ErrorCode::kUnknownFlag, "unknown flag"},
      {ErrorCode::kBadLength, "bad length"},
      {ErrorCode::kTooManyIds, "too many ids"},
      {ErrorCode::kUnknownExtension, "unknown extension"},
      {ErrorCode::kUnsupportedVersion, "unsupported version"},
      {ErrorCode::kStoreUnavailable, "store unavailable"},
      {ErrorCode::kBadMagic, "bad magic"},
      {ErrorCode::kFrameTooLong, "frame too long"},
      {ErrorCode::kTooManyConnections, "too many connections"},
      {ErrorCode::kIdleTimeout, "idle timeout"},
      {ErrorCode::kSlowReader, "slow reader"},
      {ErrorCode::kShuttingDown, "shutting down"},
  };
  for (const auto& [code, name] : codes) {
    const std::string row = "| " + std::to_string(static_cast<unsigned>(code)) + " | " + name + " |";
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
    CHECK(describe(code) != "unknown error");
  }
  std::size_t rows = 0;
  std::istringstream lines{document};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string bar;
    unsigned code = 0;
    if (line.starts_with("| ") && words >> bar >> code) ++rows;  // drawings are indented
  }
  // The statuses 0 to 3 stand in a table of the same form.
  CHECK(rows == codes.size() + 4);
}

TEST_CASE("the document's opcodes and limits are the code's") {
  const std::string document = read_protocol_document();
  for (const char* heading :
       {"### 0x01 heartbeat, 0x03 leave", "### 0x02 status", "### 0x04 online", "### 0x05 count", "### 0x06 stats",
        "### 0x07 ping", "### 0x08 hello", "### 0xC0 goodbye", "### 0xC1 notice"}) {
    CAPTURE(heading);
    CHECK(document.find(heading) != std::string::npos);
  }
  CHECK(document.find("| payload of a frame | 1 MiB ") != std::string::npos);
  CHECK(Limits{}.max_payload_bytes == 1U << 20U);
  CHECK(document.find("in a page of online | " + std::to_string(Limits{}.max_ids) + " |") != std::string::npos);
  CHECK(document.find("| bytes of a ping | " + std::to_string(kMaxPingBytes) + " |") != std::string::npos);
}
