#include "lastbeat/heartbeat_agent.hpp"

#include <asio.hpp>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "client/answers.hpp"
#include "client/scripted_server.hpp"
#include "lastbeat/async_client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;
using namespace std::chrono_literals;

namespace {

// What a server was told, by its own thread.
class Record {
 public:
  // Answers heartbeats, leaves and hellos until the client is gone, or `most` requests have been answered.
  void serve(Peer& peer, int most = 1'000'000) {
    peer.greet();
    for (int i = 0; i < most; ++i) {
      const auto request = peer.receive();
      if (request.header.opcode == 0x08) {
        Buffer reply;
        protocol::append_hello_reply(reply, request.header.tag, hello_answer(65536));
        peer.send(reply);
        continue;
      }
      peer.send(write_answer(request, {}));
      const protocol::IdList ids{request.payload, false};
      const std::lock_guard lock{mutex_};
      auto& into = request.header.opcode == 0x03 ? left_ : alive_;
      for (std::size_t user = 0; user < ids.size(); ++user) into.insert(ids[user]);
      has_changed_.notify_all();
    }
  }
  [[nodiscard]] bool wait_for(std::size_t alive, std::size_t left) {
    std::unique_lock lock{mutex_};
    return has_changed_.wait_for(lock, 20s, [&] { return alive_.size() >= alive && left_.size() >= left; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_changed_;
  std::set<UserId> alive_;
  std::set<UserId> left_;
};

ClientOptions options_for(const ScriptedServer& server) {
  return {.server = server.address(), .first_backoff = 1ms, .longest_backoff = 2ms};
}

}  // namespace

TEST_CASE("agent: on a thread of its own it says who is alive and who has left") {
  Record record;
  ScriptedServer server{{[&](Peer& peer) { record.serve(peer); }}};
  HeartbeatAgent agent{options_for(server)};
  for (const UserId user : kUsers) CHECK(agent.add(user));
  CHECK(record.wait_for(kUsers.size(), 0));
  agent.remove(kUsers[0]);
  agent.remove(kUsers[1], false);
  CHECK(record.wait_for(kUsers.size(), 1));
  CHECK(agent.counters().users == 3);
}

TEST_CASE("agent: on the caller's context, and gone before it") {
  Record record;
  ScriptedServer server{{[&](Peer& peer) { record.serve(peer); }}};
  asio::io_context context{1};
  std::optional<AsyncClient> client{std::in_place, context.get_executor(), options_for(server)};
  std::optional<HeartbeatAgent> agent{std::in_place, *client, AgentOptions{.interval = 50ms}};
  CHECK(agent->add(UserId{7}));
  while (agent->counters().heartbeats < 3) context.run_one_for(10s);
  agent->remove(UserId{7});
  while (agent->counters().leaves < 1) context.run_one_for(10s);
  CHECK(record.wait_for(1, 1));
  agent.reset();
  client.reset();
  context.run();
}

TEST_CASE("agent: it outlives its server, and says so") {
  Record record;
  std::atomic<int> told{0};
  std::atomic<bool> is_well{false};
  ScriptedServer server{{[&](Peer& peer) { record.serve(peer, 2); }, [&](Peer& peer) { record.serve(peer, 0); },
                         [&](Peer& peer) { record.serve(peer, 0); }, [&](Peer& peer) { record.serve(peer); }}};
  ClientOptions options = options_for(server);
  HeartbeatAgent agent{options, {.interval = 20ms, .on_trouble = [&](const Error* error) {
                                   ++told;
                                   is_well = error == nullptr;
                                 }}};
  CHECK(agent.add(UserId{1}));
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  const auto is_served = [&] { return agent.counters().heartbeats >= 5; };
  while (!is_served() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  CHECK(is_served());
  CHECK((told == 0 || is_well));
}

TEST_CASE("agent: more users than allowed are refused, and a bad address is told at once") {
  HeartbeatAgent agent{{.server = "127.0.0.1:1", .request_timeout = 20ms}, {.most_users = 2}};
  CHECK(agent.add(UserId{1}));
  CHECK(agent.add(UserId{2}));
  CHECK(agent.add(UserId{2}));
  CHECK_FALSE(agent.add(UserId{3}));
  CHECK_THROWS_AS(HeartbeatAgent{{.server = "nowhere"}}, std::invalid_argument);
}

TEST_CASE("agent: an interval that is not positive is refused when the agent is made") {
  CHECK_THROWS_AS((HeartbeatAgent{ClientOptions{}, {.interval = 0ms}}), std::invalid_argument);
  asio::io_context context{1};
  AsyncClient client{context.get_executor(), {}};
  CHECK_THROWS_AS((HeartbeatAgent{client, {.interval = -1ms}}), std::invalid_argument);
}
