#include "lastbeat/async_client.hpp"

#include <array>
#include <asio.hpp>
#include <atomic>
#include <thread>

#include "client/answers.hpp"
#include "client/async_bench.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;
using protocol::ErrorCode;

TEST_CASE("async: a server's address is checked when the client is made") {
  asio::io_context context;
  CHECK_THROWS_AS((AsyncClient{context.get_executor(), {.server = "nowhere"}}), std::invalid_argument);
  CHECK_THROWS_AS((AsyncClient{context.get_executor(), {.token = std::string(4097, 't')}}), std::invalid_argument);
  CHECK_THROWS_AS((AsyncClient{context.get_executor(), {.request_timeout = std::chrono::milliseconds::max()}}),
                  std::invalid_argument);
  CHECK_THROWS_AS((AsyncClient{context.get_executor(), {.first_backoff = -1ms}}), std::invalid_argument);
}

TEST_CASE("async: calls are pipelined, split to the server's limits, and answered in order") {
  std::atomic<int> as_expected{0};
  ScriptedServer server{{[&](Peer& peer) {
    peer.greet(2);
    std::vector<Peer::Received> requests;
    for (const std::size_t users : {2U, 2U, 1U, 2U, 2U, 1U}) {  // all are read before the first is answered
      requests.push_back(peer.receive());
      if (requests.back().payload.size() == users * 4) ++as_expected;
    }
    for (std::size_t i = 0; i < 3; ++i) peer.send(compact_answer(requests[i]));
    for (std::size_t i = 3; i < 6; ++i) peer.send(write_answer(requests[i], {.refused = 1, .too_old = 2}));
    peer.wait_for_end();
  }}};
  Bench bench{options_for(server)};
  Statuses status;
  Written written;
  bench.client->status(kUsers, bench.keep(status));
  bench.client->heartbeat(kUsers, bench.keep(written));
  bench.run();
  CHECK(as_expected == 6);
  CHECK(status->value() == kOddOnline);
  CHECK(written->value().refused == 3);
  CHECK(written->value().too_old == 6);
  CHECK(bench.client->calls() == 0);
}

TEST_CASE("async: every kind of answer is read") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    for (int i = 0; i < 6; ++i) answer_question(peer);
    peer.wait_for_end();
  }}};
  Bench bench{options_for(server)};
  std::optional<Result<std::vector<UserStatus>>> detailed;
  std::optional<Result<UserPage>> page;
  std::optional<Result<UserCount>> count;
  std::optional<Result<Stats>> stats;
  std::optional<Result<std::chrono::nanoseconds>> ping;
  std::optional<Result<ServerInfo>> hello;
  AsyncClient& client = *bench.client;
  client.status_detailed({UserId{1}, UserId{2}}, bench.keep(detailed));
  client.online(5, 10, bench.keep(page));
  client.count(bench.keep(count));
  client.stats(bench.keep(stats));
  client.ping(bench.keep(ping));
  client.hello(bench.keep(hello));
  bench.run();
  CHECK(detailed->value()[0].user == UserId{1});
  CHECK(detailed->value()[0].age == 3s);
  CHECK(detailed->value()[1].presence == Presence::kUnknown);
  CHECK(page->value().users == kUsers);
  CHECK(page->value().next_cursor == 77);
  CHECK(count->value().entries == 3);
  CHECK(stats->value().size() == 3);
  CHECK(ping->value() > 0ns);
  CHECK(hello->value().interval == 10s);
}

TEST_CASE("async: futures and coroutines do as well as callbacks") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    peer.send(compact_answer(peer.receive()));
    peer.send(compact_answer(peer.receive()));
    peer.wait_for_end();
  }}};
  asio::io_context context{1};
  AsyncClient client{context.get_executor(), options_for(server)};
  std::thread loop{[&, work = asio::make_work_guard(context)] { context.run(); }};
  std::future<Result<std::vector<Presence>>> future = client.status(kUsers, asio::use_future);
  CHECK(future.get().value() == kOddOnline);
  const auto ask = [&]() -> asio::awaitable<std::vector<Presence>> {
    auto status = co_await client.status(kUsers, asio::use_awaitable);
    co_return status.value();
  };
  CHECK(asio::co_spawn(context, ask(), asio::use_future).get() == kOddOnline);
  client.cancel();
  context.stop();
  loop.join();
}

TEST_CASE("async: an error reply is the error of its call, once all its replies are here, and the connection lives") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet(3);
    peer.send(refusal(peer.receive(), ErrorCode::kStoreUnavailable));
    peer.send(compact_answer(peer.receive()));
    answer_write(peer);
    answer_write(peer);
    peer.wait_for_end();
  }}};
  Bench bench{options_for(server)};
  Statuses status;
  Written written;
  bench.client->status(kUsers, bench.keep(status));
  bench.client->heartbeat(kUsers, bench.keep(written));
  bench.run();
  CHECK(status->error().server_code == 7);
  CHECK(written->ok());
}

TEST_CASE("async: more calls or users than allowed are refused, and there is room again once replies are here") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    for (int i = 0; i < 3; ++i) answer_write(peer);
    peer.wait_for_end();
  }}};
  Bench bench{options_for(server), {.most_calls = 2, .most_users = 7}};
  std::array<Written, 5> written;
  for (std::size_t i = 0; i < 3; ++i) bench.client->heartbeat({UserId{1}}, bench.keep(written.at(i)));
  bench.run();
  CHECK(written[0]->ok());
  CHECK(written[1]->ok());
  CHECK(written[2]->error().kind == ErrorKind::kBusy);
  CHECK(written[2]->error().message.find("2 calls") != std::string::npos);
  bench.client->heartbeat(std::vector<UserId>(8), bench.keep(written[3]));  // alone it may be larger
  bench.client->heartbeat({UserId{1}}, bench.keep(written[4]));
  bench.run();
  CHECK(written[3]->ok());
  CHECK(written[4]->error().kind == ErrorKind::kBusy);
}

TEST_CASE("async: an age that the protocol cannot say is refused, from an event of its own") {
  Bench bench{{}};
  Written written;
  bench.client->heartbeat(kUsers, -1ms, bench.keep(written));
  CHECK_FALSE(written.has_value());
  bench.run();
  CHECK(written->error().kind == ErrorKind::kInvalidArgument);
}

TEST_CASE("async: any thread may call") {
  constexpr int kThreads = 4;
  constexpr int kCalls = 200;
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    for (int i = 0; i < kThreads * kCalls; ++i) answer_write(peer);
    peer.wait_for_end();
  }}};
  asio::io_context context;
  std::optional<AsyncClient> client{std::in_place, context.get_executor(), options_for(server)};
  std::vector<std::thread> loops;
  loops.reserve(2);
  auto work = asio::make_work_guard(context);
  for (int i = 0; i < 2; ++i) loops.emplace_back([&] { context.run(); });
  std::atomic<int> good{0};
  std::vector<std::thread> callers;
  callers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < kCalls; ++call) {
        if (client->heartbeat(kUsers, asio::use_future).get().ok()) ++good;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(good == kThreads * kCalls);
  client.reset();
  work.reset();
  for (auto& loop : loops) loop.join();
}
