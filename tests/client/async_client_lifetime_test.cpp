// Calls that are cancelled, and clients that are destroyed.
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <atomic>
#include <memory>

#include "client/answers.hpp"
#include "client/async_bench.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;

TEST_CASE("async: a call may be cancelled while it waits for a connection and while it is in flight") {
  std::atomic<bool> has_request{false};
  ScriptedServer server{{[&](Peer& peer) {
    peer.greet();
    const auto cancelled = peer.receive();
    has_request = true;
    const auto next = peer.receive();
    peer.send(compact_answer(cancelled));
    peer.send(compact_answer(next));
    peer.wait_for_end();
  }}};
  Bench bench{options_for(server)};
  asio::cancellation_signal signal;
  Statuses cancelled;
  Statuses other;
  bench.client->status(kUsers, asio::bind_cancellation_slot(signal.slot(), bench.keep(cancelled)));
  SECTION("in flight") {
    while (!has_request) bench.context.run_one_for(10ms);
    signal.emit(asio::cancellation_type::terminal);
    bench.run();
    CHECK(cancelled->error().kind == ErrorKind::kCancelled);
    CHECK(bench.client->calls() == 1);
  }
  SECTION("waiting") {
    signal.emit(asio::cancellation_type::terminal);
    bench.run();
    CHECK(cancelled->error().kind == ErrorKind::kCancelled);
    CHECK(bench.client->calls() == 0);
    bench.client->status(kUsers, bench.keep(other));
    while (!has_request) bench.context.run_one_for(10ms);
  }
  Statuses next;
  bench.client->status(kUsers, bench.keep(next));
  bench.run();
  CHECK(next->value() == kOddOnline);
}

TEST_CASE("async: a coroutine may give up waiting") {
  using namespace asio::experimental::awaitable_operators;
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    peer.wait_for_end();
  }}};
  asio::io_context context{1};
  bool has_given_up = false;
  const auto ask = [&]() -> asio::awaitable<void> {
    AsyncClient client{context.get_executor(), options_for(server)};
    asio::steady_timer timer{context, 20ms};
    const auto outcome = co_await (client.status(kUsers, asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    has_given_up = outcome.index() == 1;
  };
  asio::co_spawn(context, ask(), asio::detached);
  context.run();  // returns: the client is gone
  CHECK(has_given_up);
}

TEST_CASE("async: cancel() ends all calls and the connection, which lets the context end; the client lives") {
  const auto serve = [](Peer& peer) {
    peer.greet();
    answer_write(peer);
    peer.wait_for_end();
  };
  ScriptedServer server{{serve, serve}};
  Bench bench{options_for(server)};
  for (int round = 0; round < 2; ++round) {
    Written answered;
    Written cancelled;
    bench.client->heartbeat(kUsers, bench.keep(answered));
    bench.run();
    CHECK(answered->ok());
    bench.client->heartbeat(kUsers, bench.keep(cancelled));
    bench.client->cancel();
    bench.run();
    CHECK(cancelled->error().kind == ErrorKind::kCancelled);
    bench.context.restart();
    bench.context.run();
  }
}

TEST_CASE("async: a client may be destroyed at any point of a call's life, and within a handler") {
  const auto serve = [](Peer& peer) {
    peer.greet(2);
    while (true) peer.send(compact_answer(peer.receive()));
  };
  bool has_reached_the_end = false;
  for (int steps = 0; steps < 200 && !has_reached_the_end; ++steps) {
    ScriptedServer server{{serve}};
    asio::io_context context{1};
    std::optional<AsyncClient> client{std::in_place, context.get_executor(), options_for(server)};
    int told = 0;
    std::optional<ErrorKind> error;
    const auto take = [&](const Result<std::vector<Presence>>& status) {
      ++told;
      if (!status.ok()) error = status.error().kind;
    };
    client->status(kUsers, [&](auto status) {
      take(status);
      if (status.ok()) client.reset();  // within a handler
    });
    client->status(kUsers, take);
    for (int i = 0; i < steps && client; ++i) context.run_one_for(10s);
    has_reached_the_end = !client.has_value();
    client.reset();
    context.run();
    CHECK(told == 2);
    CHECK(error == ErrorKind::kCancelled);
  }
  CHECK(has_reached_the_end);
}

TEST_CASE("async: a context may be destroyed while calls are on their way") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    peer.wait_for_end();
  }}};
  for (int steps = 0; steps < 12; ++steps) {
    int told = 0;
    {
      asio::io_context context{1};
      AsyncClient client{context.get_executor(), options_for(server)};
      client.heartbeat(kUsers, [&told, owned = std::make_unique<int>(1)](const auto&) { told += *owned; });
      for (int i = 0; i < steps; ++i) context.run_one_for(1ms);
    }
    CHECK(told == 0);
  }
}
