// What becomes of calls when connections end.
#include <array>
#include <asio.hpp>
#include <atomic>
#include <functional>

#include "client/answers.hpp"
#include "client/async_bench.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;
using protocol::ErrorCode;

TEST_CASE("async: what was in flight when the connection broke is sent again, once, in its order") {
  std::atomic<int> in_order{0};
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           peer.receive();
                           peer.receive();
                           peer.receive();
                         },
                         [&](Peer& peer) {
                           peer.greet();
                           for (const int opcode : {0x01, 0x03, 0x02}) {
                             const auto request = peer.receive();
                             const bool has_age = (request.header.flags & protocol::request_flag::kAge) != 0;
                             if (request.header.opcode == opcode && !has_age) ++in_order;
                             peer.send(opcode == 0x02 ? compact_answer(request) : write_answer(request, {}));
                           }
                           peer.wait_for_end();
                         }}};
  Bench bench{options_for(server)};
  Written beat;
  Written left;
  Statuses status;
  bench.client->heartbeat(kUsers, bench.keep(beat));
  bench.client->leave(kUsers, bench.keep(left));
  bench.client->status(kUsers, bench.keep(status));
  bench.run();
  CHECK(in_order == 3);
  CHECK(beat->ok());
  CHECK(left->ok());
  CHECK(status->value() == kOddOnline);
}

TEST_CASE("async: a call whose second connection breaks as well is reported") {
  const auto hang_up = [](Peer& peer) {
    peer.greet();
    peer.receive();
  };
  ScriptedServer server{{hang_up, hang_up, [](Peer& peer) {
                           peer.greet();
                           answer_write(peer);
                           peer.wait_for_end();
                         }}};
  Bench bench{options_for(server)};
  Written first;
  Written next;
  bench.client->heartbeat(kUsers, bench.keep(first));
  bench.run();
  CHECK(first->error().kind == ErrorKind::kClosed);
  bench.client->heartbeat(kUsers, bench.keep(next));
  bench.run();
  CHECK(next->ok());
}

TEST_CASE("async: with repeating switched off a lost call is reported at once") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    peer.receive();
  }}};
  Bench bench{options_for(server), {.repeat = false}};
  Written written;
  bench.client->heartbeat(kUsers, bench.keep(written));
  bench.run();
  CHECK(written->error().kind == ErrorKind::kClosed);
}

TEST_CASE("async: a peer that makes no sense is an error, and nothing is repeated") {
  const std::vector<std::function<Buffer(const Peer::Received&)>> answers{
      [](const auto&) {
        return Buffer{std::byte{'H'}, std::byte{'T'}};
      },
      [](auto request) {
        ++request.header.tag;
        return write_answer(request, {});
      },
      [](auto request) {
        request.header.opcode = 0x03;
        return write_answer(request, {});
      },
      [](const auto& request) {
        Buffer reply;
        protocol::append_header(reply, {.opcode = 0x81, .flags = 0, .length = 3, .tag = request.header.tag});
        reply.resize(reply.size() + 3);
        return reply;
      },
      [](const auto& request) {
        Buffer reply;
        protocol::append_header(reply, {.opcode = 0x81, .flags = 2, .length = 1, .tag = request.header.tag});
        reply.resize(reply.size() + 1);
        return reply;
      },
  };
  for (std::size_t i = 0; i < answers.size(); ++i) {
    INFO("answer " << i);
    ScriptedServer server{{[&](Peer& peer) {
      peer.greet();
      peer.send(answers[i](peer.receive()));
      peer.wait_for_end();
    }}};
    Bench bench{options_for(server)};
    Written written;
    bench.client->heartbeat(kUsers, bench.keep(written));
    bench.run();
    REQUIRE_FALSE(written->ok());
    CHECK(written->error().kind == ErrorKind::kProtocol);
  }
}

TEST_CASE("async: a goodbye is told with the server's reason") {
  ScriptedServer server{{[](Peer& peer) {
    Buffer goodbye;
    protocol::append_goodbye(goodbye, ErrorCode::kTooManyConnections);
    peer.send(goodbye);
    peer.wait_for_end();
  }}};
  ClientOptions options = options_for(server);
  options.connect_attempts = 1;
  Bench bench{options};
  Written written;
  bench.client->heartbeat(kUsers, bench.keep(written));
  bench.run();
  CHECK(written->error().server_code == 66);
}

TEST_CASE("async: a server that has stopped answering is given up, and the next call connects anew") {
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           peer.wait_for_end();
                         },
                         [](Peer& peer) {
                           peer.greet();
                           answer_write(peer);
                           peer.wait_for_end();
                         }}};
  ClientOptions options = options_for(server);
  options.request_timeout = 50ms;
  Bench bench{options};
  Written written;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  do {
    bench.client->heartbeat(kUsers, bench.keep(written));
    bench.run();
    if (!written->ok()) CHECK(written->error().kind != ErrorKind::kProtocol);
  } while (!written->ok() && std::chrono::steady_clock::now() < deadline);
  CHECK(written->ok());
}

TEST_CASE("async: where nobody listens calls wait until their time is over, and the error names the server") {
  std::string address;
  { address = ScriptedServer{{}}.address(); }
  Bench bench{{.server = address, .request_timeout = 50ms, .first_backoff = 1ms, .longest_backoff = 5ms}};
  Written written;
  bench.client->heartbeat(kUsers, bench.keep(written));
  bench.run();
  CHECK(written->error().kind == ErrorKind::kConnect);
  CHECK(written->error().message.find(address) != std::string::npos);
}

TEST_CASE("async: a connection that stays silent is given up though all its calls were cancelled") {
  constexpr std::size_t kMost = 2;
  std::atomic<bool> has_requests{false};
  std::vector<ScriptedServer::Script> scripts{[&](Peer& peer) {
    peer.greet();
    for (std::size_t i = 0; i < kMost; ++i) peer.receive();
    has_requests = true;
    peer.wait_for_end();
  }};
  scripts.resize(50, [](Peer& peer) {
    peer.greet();
    answer_write(peer);
    peer.wait_for_end();
  });
  ScriptedServer server{scripts};
  ClientOptions options = options_for(server);
  options.request_timeout = 200ms;
  Bench bench{options, {.most_calls = kMost}};
  std::array<asio::cancellation_signal, kMost> signals;
  std::array<Written, kMost> cancelled;
  for (std::size_t i = 0; i < kMost; ++i) {
    bench.client->heartbeat(kUsers, asio::bind_cancellation_slot(signals.at(i).slot(), bench.keep(cancelled.at(i))));
  }
  while (!has_requests && bench.waiting > 0) bench.context.run_one_for(10ms);
  for (auto& signal : signals) signal.emit(asio::cancellation_type::terminal);
  bench.run();
  Written written;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  do {
    bench.client->heartbeat(kUsers, bench.keep(written));
    bench.run();
  } while (!written->ok() && std::chrono::steady_clock::now() < deadline);
  CHECK(written->ok());
}

TEST_CASE(
    "async: a call that was in flight once may have counted, and its error says so when nobody listens any more") {
  std::atomic<bool> has_request{false};
  ScriptedServer server{{[&](Peer& peer) {
    peer.greet();
    peer.receive();
    has_request = true;
  }}};
  ClientOptions options = options_for(server);
  options.request_timeout = 500ms;
  Bench bench{options};
  Written written;
  bench.client->leave(kUsers, bench.keep(written));
  bench.run();
  CHECK(written->error().kind == (has_request ? ErrorKind::kClosed : ErrorKind::kConnect));
}

TEST_CASE("async: a token is shown on every connection; one that is refused fails the calls at once") {
  std::atomic<int> shown{0};
  const auto serve = [&](bool accepts) {
    return [&shown, accepts](Peer& peer) {
      peer.greet();
      const auto request = peer.receive();
      if (protocol::as_text(request.payload) == "example-token") ++shown;
      Buffer reply;
      protocol::append_auth_reply(reply, request.header.tag, {.grants = protocol::grant::kHeartbeat});
      peer.send(accepts ? reply : refusal(request, ErrorCode::kUnauthenticated));
      if (accepts) answer_write(peer);
    };
  };
  ScriptedServer server{{serve(true), serve(false)}};
  ClientOptions options = options_for(server);
  options.token = "example-token";
  Bench bench{options};
  Written accepted;
  bench.client->heartbeat(kUsers, bench.keep(accepted));
  bench.run();
  CHECK(accepted->ok());
  Written refused;
  bench.client->heartbeat(kUsers, bench.keep(refused));
  bench.run();
  CHECK(refused->error().server_code == 8);
  CHECK(shown == 2);
}
