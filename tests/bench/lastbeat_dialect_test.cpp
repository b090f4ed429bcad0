#include <vector>

#include "bench/dialect.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using protocol::ErrorCode;
using protocol::Opcode;

namespace {

// A dialect with `requests` requests sent.
struct Sent {
  explicit Sent(const Workload& workload, int requests) : dialect{make_lastbeat_dialect(workload)} {
    for (int i = 0; i < requests; ++i) dialect->append_request(bytes, random);
  }
  std::unique_ptr<Dialect> dialect;
  Buffer bytes;
  Dialect::Random random{1};
};

std::vector<protocol::Request> parse_all(std::span<const std::byte> bytes) {
  std::vector<protocol::Request> requests;
  while (!bytes.empty()) {
    const auto frame = std::get<protocol::Frame>(protocol::cut_frame(bytes, protocol::kLargestPayload));
    requests.push_back(std::get<protocol::Request>(protocol::parse_request(frame, {})));
    bytes = bytes.subspan(frame.size_bytes());
  }
  return requests;
}

Replies replies_to_heartbeat(const Buffer& reply) {
  return Sent{{.heartbeat_percent = 100}, 1}.dialect->take_replies(reply);
}

}  // namespace

TEST_CASE("requests have the wanted users, size and mix") {
  const Sent sent{{.users = 10, .batch = 3, .heartbeat_percent = 90}, 2000};
  std::size_t heartbeats = 0;
  std::size_t highest = 0;
  const auto requests = parse_all(sent.bytes);
  REQUIRE(requests.size() == 2000);
  for (const auto& request : requests) {
    if (request.opcode == Opcode::kHeartbeat) ++heartbeats;
    REQUIRE(request.ids.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) highest = std::max<std::size_t>(highest, std::size_t(request.ids[i]));
  }
  CHECK(highest == 9);
  CHECK(heartbeats > 1700);
  CHECK(heartbeats < 1900);
}

TEST_CASE("a mix of none or all is exact") {
  for (const std::uint32_t percent : {0U, 100U}) {
    const Sent sent{{.users = 10, .batch = 1, .heartbeat_percent = percent}, 2000};
    for (const auto& request : parse_all(sent.bytes)) {
      REQUIRE(request.opcode == (percent == 0 ? Opcode::kStatus : Opcode::kHeartbeat));
    }
  }
}

TEST_CASE("whole replies are counted, wherever the bytes are cut") {
  Buffer bytes;
  protocol::append_write_reply(bytes, Opcode::kHeartbeat, 0, {});
  protocol::append_notice(bytes, {});
  protocol::append_write_reply(bytes, Opcode::kHeartbeat, 1, {.refused = 1, .too_old = 0});
  protocol::append_error_reply(bytes, 1, 2, ErrorCode::kTooManyIds);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    const Sent sent{{.heartbeat_percent = 100}, 3};
    const Replies first = sent.dialect->take_replies(std::span{bytes}.first(cut));
    const Replies second = sent.dialect->take_replies(std::span{bytes}.subspan(first.consumed_bytes));
    CHECK(first.consumed_bytes + second.consumed_bytes == bytes.size());
    CHECK(first.complete + second.complete == 3);
    CHECK(first.errors + second.errors == 2);
    CHECK_FALSE(first.is_broken);
    CHECK_FALSE(second.is_broken);
  }
}

TEST_CASE("what is no reply to the oldest request breaks the connection, and says why") {
  Buffer other_tag;
  protocol::append_write_reply(other_tag, Opcode::kHeartbeat, 7, {});
  CHECK(replies_to_heartbeat(other_tag).message.find("another request") != std::string::npos);

  Buffer other_opcode;
  protocol::append_count_reply(other_opcode, 0, {});
  CHECK(replies_to_heartbeat(other_opcode).message.find("none to a heartbeat") != std::string::npos);

  Buffer goodbye;
  protocol::append_goodbye(goodbye, ErrorCode::kShuttingDown);
  CHECK(replies_to_heartbeat(goodbye).message.find("goodbye: ") != std::string::npos);

  const Buffer garbage(8, std::byte{'x'});
  CHECK(replies_to_heartbeat(garbage).message.find("no Lastbeat frame") != std::string::npos);

  for (const Buffer& bytes : {other_tag, other_opcode, goodbye, garbage}) {
    CHECK(replies_to_heartbeat(bytes).is_broken);
  }
}

TEST_CASE("a status reply must be long enough for its users") {
  const Workload workload{.batch = 5, .heartbeat_percent = 0};
  Buffer bytes;
  protocol::append_bytes_reply(bytes, Opcode::kStatus, 0, std::vector<std::byte>(1));
  CHECK(Sent(workload, 1).dialect->take_replies(bytes).is_broken);
  bytes.clear();
  protocol::append_bytes_reply(bytes, Opcode::kStatus, 0, std::vector<std::byte>(3));  // may be longer
  CHECK(Sent(workload, 1).dialect->take_replies(bytes).complete == 1);
}
