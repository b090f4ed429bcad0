#include "lastbeat/lastbeat.h"

#include <array>
#include <cstring>
#include <string>

#include "client/answers.hpp"
#include "client/scripted_server.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::test;

namespace {

constexpr std::array<std::uint64_t, 5> kIds{1, 2, 3, 4, 5};

// A client that is freed.
class Handle {
 public:
  explicit Handle(const std::string& server, const lastbeat_options* options = nullptr)
      : client_{lastbeat_client_new(server.c_str(), options)} {}
  ~Handle() { lastbeat_client_free(client_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator lastbeat_client*() const { return client_; }  // NOLINT(google-explicit-constructor)

 private:
  lastbeat_client* client_;
};

}  // namespace

TEST_CASE("C: heartbeats, leaves, statuses and questions are answered") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    answer_write(peer, {.refused = 1, .too_old = 2});
    answer_write(peer);
    answer_write(peer);
    peer.send(compact_answer(peer.receive()));
    for (int i = 0; i < 5; ++i) answer_question(peer);
  }}};
  const Handle client{server.address()};
  lastbeat_write_result written{};
  CHECK(lastbeat_heartbeat(client, kIds.data(), 5, &written) == LASTBEAT_OK);
  CHECK(written.refused == 1);
  CHECK(written.too_old == 2);
  CHECK(lastbeat_heartbeat_aged(client, kIds.data(), 5, 10, nullptr) == LASTBEAT_OK);
  CHECK(lastbeat_leave(client, nullptr, 0, nullptr) == LASTBEAT_OK);
  std::array<std::uint8_t, 5> statuses{};
  CHECK(lastbeat_status(client, kIds.data(), 5, statuses.data()) == LASTBEAT_OK);
  CHECK(statuses == std::array<std::uint8_t, 5>{1, 0, 1, 0, 1});
  std::array<std::int64_t, 2> ages{};
  CHECK(lastbeat_status_detailed(client, kIds.data(), 2, statuses.data(), ages.data()) == LASTBEAT_OK);
  CHECK(ages == std::array<std::int64_t, 2>{3, LASTBEAT_NO_AGE});
  CHECK(statuses[1] == LASTBEAT_UNKNOWN);
  std::uint64_t cursor = 0;
  std::array<std::uint64_t, 10> users{};
  std::size_t found = 0;
  int more = 0;
  CHECK(lastbeat_online(client, &cursor, users.data(), users.size(), &found, &more) == LASTBEAT_OK);
  CHECK(found == 5);
  CHECK(users[4] == 5);
  CHECK(cursor == 77);
  CHECK(more == 1);
  std::uint64_t entries = 0;
  CHECK(lastbeat_count(client, nullptr, &entries) == LASTBEAT_OK);
  CHECK(entries == 3);
  CHECK(lastbeat_ping(client, nullptr) == LASTBEAT_OK);
  lastbeat_server_info info{};
  CHECK(lastbeat_hello(client, &info) == LASTBEAT_OK);
  CHECK(info.ttl_ms == 30'000);
  CHECK(std::string{lastbeat_message(client)}.empty());
}

TEST_CASE("C: a batch leaves in one write, and its results come with it") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    const auto first = peer.receive();
    const auto second = peer.receive();
    const auto third = peer.receive();
    peer.send(write_answer(first, {.refused = 3}));
    peer.send(refusal(second, protocol::ErrorCode::kStoreUnavailable));
    peer.send(compact_answer(third));
  }}};
  const Handle client{server.address()};
  lastbeat_write_result written{};
  std::array<std::uint8_t, 5> statuses{};
  CHECK(lastbeat_batch_begin(client) == LASTBEAT_OK);
  CHECK(lastbeat_heartbeat(client, kIds.data(), 5, &written) == LASTBEAT_OK);
  CHECK(lastbeat_leave(client, kIds.data(), 5, nullptr) == LASTBEAT_OK);
  CHECK(lastbeat_status(client, kIds.data(), 5, statuses.data()) == LASTBEAT_OK);
  CHECK(written.refused == 0);
  CHECK(lastbeat_batch_run(client) == LASTBEAT_ERROR_SERVER);
  CHECK(lastbeat_server_code(client) == 7);
  CHECK(written.refused == 3);
  CHECK(statuses[0] == LASTBEAT_ONLINE);
  CHECK(lastbeat_batch_run(client) == LASTBEAT_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("C: what is wrong is told, and nothing is thrown") {
  lastbeat_options options{};
  lastbeat_options_init(&options);
  CHECK(options.request_timeout_ms == 5000);
  options.connect_attempts = 1;

  const Handle nowhere{"nowhere"};
  CHECK(lastbeat_ping(nowhere, nullptr) == LASTBEAT_ERROR_INVALID_ARGUMENT);
  CHECK(std::string{lastbeat_message(nowhere)}.find("nowhere") != std::string::npos);

  const Handle closed{"127.0.0.1:1", &options};
  CHECK(lastbeat_ping(closed, nullptr) == LASTBEAT_ERROR_CONNECT);
  CHECK(std::string{lastbeat_message(closed)}.find("127.0.0.1:1") != std::string::npos);
  CHECK(lastbeat_heartbeat_aged(closed, kIds.data(), 5, -1, nullptr) == LASTBEAT_ERROR_INVALID_ARGUMENT);

  options.request_timeout_ms = -1;
  const Handle impatient{"127.0.0.1:1", &options};
  CHECK(lastbeat_ping(impatient, nullptr) == LASTBEAT_ERROR_INVALID_ARGUMENT);
  options.size = 3;
  const Handle stranger{"127.0.0.1:1", &options};
  CHECK(std::string{lastbeat_message(stranger)}.find("lastbeat_options_init") != std::string::npos);

  CHECK(lastbeat_ping(nullptr, nullptr) == LASTBEAT_ERROR_INVALID_ARGUMENT);
  CHECK(std::string{lastbeat_message(nullptr)} == "no client");
  lastbeat_client_free(nullptr);
  lastbeat_agent_free(nullptr);
  CHECK(lastbeat_agent_add(nullptr, 1) == LASTBEAT_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("C: an agent keeps users alive") {
  ScriptedServer server{{[](Peer& peer) {
    peer.greet();
    while (true) {
      const auto request = peer.receive();
      Buffer hello;
      protocol::append_hello_reply(hello, request.header.tag, hello_answer(100));
      peer.send(request.header.opcode == 0x08 ? hello : write_answer(request, {}));
    }
  }}};
  lastbeat_agent* const agent = lastbeat_agent_new(server.address().c_str(), nullptr, 1, nullptr, 0);
  REQUIRE(agent != nullptr);
  CHECK(lastbeat_agent_add(agent, 7) == LASTBEAT_OK);
  CHECK(lastbeat_agent_add(agent, 8) == LASTBEAT_ERROR_BUSY);
  std::uint64_t users = 0;
  std::uint64_t heartbeats = 0;
  while (heartbeats == 0) CHECK(lastbeat_agent_counters(agent, &users, &heartbeats) == LASTBEAT_OK);
  CHECK(users == 1);
  CHECK(lastbeat_agent_remove(agent, 7, 1) == LASTBEAT_OK);
  lastbeat_agent_free(agent);

  std::array<char, 9> message{};
  CHECK(lastbeat_agent_new("nowhere", nullptr, 0, message.data(), message.size()) == nullptr);
  CHECK(std::strlen(message.data()) == 8);
}

TEST_CASE("C: ids of texts and UUIDs") {
  CHECK(lastbeat_user_id("alice", 5) == 3159282601090220207U);
  std::uint64_t user = 0;
  CHECK(lastbeat_user_id_of_uuid("123e4567-e89b-12d3-a456-426614174000", &user) == 1);
  CHECK(user == 2334477775755812022U);
  CHECK(lastbeat_user_id_of_uuid("alice", &user) == 0);
}
