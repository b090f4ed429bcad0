#include "lastbeat/async_client.hpp"

#include <array>
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <atomic>
#include <functional>
#include <thread>

#include "client/answers.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;
using protocol::ErrorCode;
using protocol::Opcode;

namespace {

ClientOptions options_for(const ScriptedServer& server) {
  return {.server = server.address(), .request_timeout = 20s, .first_backoff = 1ms, .longest_backoff = 2ms};
}

// A client on a context of its own, which runs until the calls of a test have ended.
struct Bench {
  explicit Bench(ClientOptions options, AsyncOptions more = {})
      : client{std::in_place, context.get_executor(), std::move(options), more} {}

  // A token that puts the outcome into `into`.
  template <class T>
  auto keep(std::optional<Result<T>>& into) {
    ++waiting;
    return [this, &into](Result<T> result) {
      into.emplace(std::move(result));
      --waiting;
    };
  }
  void run() {
    context.restart();
    while (waiting > 0 && context.run_one_for(30s) > 0) {
    }
    REQUIRE(waiting == 0);
  }

  asio::io_context context{1};
  int waiting = 0;
  std::optional<AsyncClient> client;
};

using Written = std::optional<Result<WriteResult>>;
using Statuses = std::optional<Result<std::vector<Presence>>>;

}  // namespace

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

TEST_CASE("async: a heartbeat that goes out a second late carries that as its age") {
  std::atomic<std::uint32_t> age{0};
  ScriptedServer server{{[](Peer& peer) {
                           peer.greet();
                           peer.receive();
                           std::this_thread::sleep_for(1s);
                         },
                         [&](Peer& peer) {
                           peer.greet();
                           const auto request = peer.receive();
                           if ((request.header.flags & protocol::request_flag::kAge) != 0) {
                             age = protocol::load<std::uint32_t>(request.payload.data());
                           }
                           peer.send(write_answer(request, {}));
                           peer.wait_for_end();
                         }}};
  Bench bench{options_for(server)};
  Written written;
  bench.client->heartbeat(kUsers, 500ms, bench.keep(written));
  bench.run();
  CHECK(written->ok());
  CHECK(age >= 1500);
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

TEST_CASE("async: a call that is late is reported, its late reply is skipped, and the connection lives") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    const auto first = peer.receive();
    const auto second = peer.receive();
    peer.send(compact_answer(first));  // a sign of life after the second was sent
    peer.receive();                    // made when the second was late
    peer.send(compact_answer(second));
    Peer::Received third = second;
    ++third.header.tag;
    peer.send(compact_answer(third));
    peer.wait_for_end();
  }}};
  ClientOptions options = options_for(server);
  options.request_timeout = 300ms;
  Bench bench{options};
  Statuses first;
  Statuses second;
  Statuses third;
  bench.client->status(kUsers, bench.keep(first));
  bench.client->status(kUsers, bench.keep(second));
  bench.run();
  if (!first->ok()) return;  // a machine so busy that even the first was late
  CHECK(second->error().kind == ErrorKind::kTimeout);
  CHECK(bench.client->calls() == 1);
  bench.client->status(kUsers, bench.keep(third));
  bench.run();
  if (third->ok()) CHECK(third->value() == kOddOnline);
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

TEST_CASE("async: an age that the protocol cannot say is refused, from an event of its own") {
  Bench bench{{}};
  Written written;
  bench.client->heartbeat(kUsers, -1ms, bench.keep(written));
  CHECK_FALSE(written.has_value());
  bench.run();
  CHECK(written->error().kind == ErrorKind::kInvalidArgument);
}

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
