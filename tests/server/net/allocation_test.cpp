// Serving requests allocates nothing once buffers have grown. Counts what threads other than the test's allocate.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::allocations;
using lastbeat::test::RawClient;
using lastbeat::test::TestServer;

namespace {

// Requests of most kinds about the same users, `repetitions` times over.
struct Conversation {
  Buffer bytes;
  std::size_t replies = 0;
};

Conversation conversation(std::size_t repetitions) {
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < 1000; ++i) users.push_back(UserId{i});
  Conversation all;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const auto tag = static_cast<std::uint16_t>(i);
    protocol::append_heartbeat(all.bytes, tag, std::span{users}.first(1));
    protocol::append_heartbeat(all.bytes, tag, users);
    protocol::append_status(all.bytes, tag, users, protocol::StatusForm::kCompact);
    protocol::append_status(all.bytes, tag, users, protocol::StatusForm::kDetailed);
    protocol::append_leave(all.bytes, tag, std::span{users}.first(1));
    protocol::append_count(all.bytes, tag);
    protocol::append_ping(all.bytes, tag);
    protocol::append_hello(all.bytes, tag);
    all.replies += 8;
  }
  return all;
}

// Sends in pieces, so that frames are cut, and takes every reply.
void talk(RawClient& client, const Conversation& conversation, std::size_t piece) {
  for (std::size_t at = 0; at < conversation.bytes.size(); at += piece) {
    client.send(std::span{conversation.bytes}.subspan(at, std::min(piece, conversation.bytes.size() - at)));
  }
  for (std::size_t i = 0; i < conversation.replies; ++i) REQUIRE(client.receive().has_value());
}

}  // namespace

TEST_CASE("requests are served without an allocation, in one read or in many, whole or in pieces") {
  const std::size_t piece = GENERATE(std::size_t{5'000'000}, std::size_t{3001});
  const std::size_t repetitions = GENERATE(1U, 8U);
  lastbeat::test::leave_out_this_thread();                                       // the client, from here on
  TestServer server{{.threads = 1, .history_interval = std::chrono::hours{1}}};  // a sample of the history allocates
  RawClient client = server.connect();
  const Conversation once = conversation(repetitions);
  for (int i = 0; i < 50; ++i) talk(client, once, piece);
  const std::uint64_t before = allocations();
  constexpr int kRounds = 200;
  for (int i = 0; i < kRounds; ++i) talk(client, once, piece);
  // A buffer may still grow, and the timer of the loop, twice a second, may have Asio allocate.
  CHECK(allocations() - before < kRounds / 10);
}
