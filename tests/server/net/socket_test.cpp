#include "net/socket.hpp"

#include <vector>

#include "protocol/bytes.hpp"
#include "server/net/socket_pair.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::SocketPair;
using Outcome = Transfer::Outcome;

namespace {

std::string_view text(std::span<const std::byte> bytes) { return protocol::as_text(bytes); }

}  // namespace

TEST_CASE("a receive takes what is there, and says so when there is nothing") {
  SocketPair pair;
  std::vector<std::byte> into(8);
  CHECK(pair.near().receive(into).outcome == Outcome::kNotNow);
  REQUIRE(pair.far().send(protocol::as_bytes("abc")).bytes == 3);
  const auto received = pair.near().receive(into);
  CHECK(received.outcome == Outcome::kDone);
  CHECK(text(std::span{into}.first(received.bytes)) == "abc");
}

TEST_CASE("a receive into two places fills the first before the second") {
  SocketPair pair;
  std::vector<std::byte> first(2);
  std::vector<std::byte> second(8);
  REQUIRE(pair.far().send(protocol::as_bytes("abcde")).bytes == 5);
  CHECK(pair.near().receive(first, second).bytes == 5);
  CHECK(text(first) == "ab");
  CHECK(text(std::span{second}.first(3)) == "cde");
}

TEST_CASE("what was sent before a peer went can be read, then it is closed, and sending to it is no signal") {
  SocketPair pair;
  std::vector<std::byte> into(8);
  REQUIRE(pair.far().send(protocol::as_bytes("abc")).bytes == 3);
  pair.far().close();
  CHECK(pair.near().receive(into).bytes == 3);
  CHECK(pair.near().receive(into).outcome == Outcome::kClosed);
  CHECK(pair.near().send(protocol::as_bytes("abc")).outcome == Outcome::kClosed);
}

TEST_CASE("a send that finds no room says so and loses nothing that was taken") {
  SocketPair pair;
  const std::vector<std::byte> piece(100'000);
  std::size_t sent = 0;
  while (true) {
    const auto send = pair.near().send(piece);
    if (send.outcome != Outcome::kDone) {
      CHECK(send.outcome == Outcome::kNotNow);
      break;
    }
    sent += send.bytes;
  }
  std::vector<std::byte> into(100'000);
  std::size_t received = 0;
  for (auto read = pair.far().receive(into); read.outcome == Outcome::kDone; read = pair.far().receive(into)) {
    received += read.bytes;
  }
  CHECK(received == sent);
}

TEST_CASE("a socket that was moved from closes nothing") {
  SocketPair pair;
  std::vector<std::byte> into(8);
  {
    Socket owner{std::move(pair.far())};
    CHECK(pair.near().receive(into).outcome == Outcome::kNotNow);
  }
  CHECK(pair.near().receive(into).outcome == Outcome::kClosed);
}
