#include "compare/echo_server.hpp"

#include <deque>
#include <system_error>
#include <thread>

#include "compare/plain_connection.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;

namespace {

// An echo server that serves for as long as it lives.
class Serving {
 public:
  Serving() = default;
  ~Serving() {
    server_.stop();
    thread_.join();
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  EchoServer server_{text::TcpEndpoint{"127.0.0.1", 0}};
  std::thread thread_{[this] { server_.run(); }};
};

Buffer bytes(std::size_t count, unsigned char value) { return Buffer(count, std::byte{value}); }

}  // namespace

TEST_CASE("what arrives comes back, on every connection its own") {
  Serving server;
  std::deque<PlainConnection> connections;
  for (unsigned char i = 0; i < 20; ++i) connections.emplace_back(server.port()).send(bytes(16, i));
  for (unsigned char i = 0; i < 20; ++i) CHECK_NOTHROW(connections[i].expect(bytes(16, i)));
  connections.pop_front();  // the others do not mind
  connections.back().send(bytes(10'000, 7));
  CHECK_NOTHROW(connections.back().expect(bytes(10'000, 7)));
}

TEST_CASE("who does not take echoes is cut off, and nobody else") {
  Serving server;
  PlainConnection greedy{server.port()};
  const Buffer megabyte = bytes(std::size_t{1} << 20U, 1);
  const auto send_without_reading = [&] {
    for (int i = 0; i < 100; ++i) greedy.send(megabyte);
  };
  CHECK_THROWS_AS(send_without_reading(), std::system_error);
  PlainConnection other{server.port()};
  other.send(bytes(16, 2));
  CHECK_NOTHROW(other.expect(bytes(16, 2)));
}

TEST_CASE("a wrong reply is shown") {
  Serving server;
  PlainConnection connection{server.port()};
  connection.send(bytes(3, 'a'));
  CHECK_THROWS_WITH(connection.expect(bytes(3, 'b')), Catch::Contains("aaa"));
}

TEST_CASE("where an echo cannot listen is an error") {
  Serving server;
  CHECK_THROWS_AS((EchoServer{text::TcpEndpoint{"127.0.0.1", server.port()}}), std::system_error);
  CHECK_THROWS_WITH((EchoServer{text::TcpEndpoint{"localhost", 0}}), Catch::Contains("no IPv4 address"));
}
