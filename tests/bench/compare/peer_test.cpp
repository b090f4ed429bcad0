#include "compare/peer.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/text_protocol.hpp"
#include "compare/fill.hpp"
#include "compare/plain_connection.hpp"
#include "compare/process_figures.hpp"
#include "compare/programs.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kUsers = 2500;
const Capacity kCapacity{.users = kUsers, .connections = 10};

Buffer bytes_of(std::string_view text) {
  Buffer bytes;
  append_text(bytes, text);
  return bytes;
}

Peer peer(Protocol protocol, const std::string& program) {
  Peer peer{.name = "peer", .program = find_program(program, search_path()), .version = {}, .protocol = protocol};
  INFO("is " << program << " installed? scripts/deps.sh test installs it");
  REQUIRE_FALSE(peer.program.empty());
  return peer;
}

Peer lastbeatd() { return peer(Protocol::kLastbeat, std::string{LASTBEAT_BIN_DIR} + "/lastbeatd"); }

// Runs a server, fills it, and asks it.
void check_filled(const Peer& peer, const Buffer& question, const Buffer& answer) {
  const RunningPeer running{peer, kCapacity, 0};
  fill(peer.protocol, running.port(), 0, kUsers, 1h);
  PlainConnection connection{running.port()};
  connection.send(question);
  CHECK_NOTHROW(connection.expect(answer));
  CHECK(cpu_time_of(running.process()) > 0ns);
  CHECK(resident_bytes_of(running.process()) > 0);
}

bool has(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("redis-server holds every user that it was filled with") {
  check_filled(peer(Protocol::kRedis, "redis-server"), bytes_of("DBSIZE\r\n"), bytes_of(":2500\r\n"));
}

TEST_CASE("memcached holds every user that it was filled with") {
  check_filled(peer(Protocol::kMemcache, "memcached"), bytes_of("get presence:0 presence:2499 presence:2500\r\n"),
               bytes_of("VALUE presence:0 0 1\r\nx\r\nVALUE presence:2499 0 1\r\nx\r\nEND\r\n"));
}

TEST_CASE("lastbeatd holds every user that it was filled with") {
  Buffer question;
  Buffer answer;
  protocol::append_count(question, 7);
  protocol::append_count_reply(answer, 7, {.online = kUsers, .entries = kUsers});
  check_filled(lastbeatd(), question, answer);
}

TEST_CASE("a server that does not start is named, with what it printed") {
  const Peer impossible{.name = "redis", .program = "/bin/false", .version = {}, .protocol = Protocol::kRedis};
  CHECK_THROWS_WITH((RunningPeer{impossible, kCapacity, 0}), Catch::Contains("/bin/false does not accept"));
  const Peer talkative{.name = "redis", .program = "/bin/ls", .version = {}, .protocol = Protocol::kRedis};
  CHECK_THROWS_WITH((RunningPeer{talkative, kCapacity, 0}),
                    Catch::Contains("it printed: ") && Catch::Contains("option"));
}

TEST_CASE("what is missing, or not wanted, is left out and told") {
  CompareOptions options;
  options.lastbeatd = lastbeatd().program;
  options.redis = "none";
  options.valkey = "/nonexistent/valkey-server";
  options.memcached = "/bin/false";
  const Peers peers = find_peers(options);
  CHECK(peers.found.front().name == "lastbeat");
  CHECK_THAT(peers.found.front().version, Catch::Contains("lastbeatd"));
  CHECK(has(peers.left_out, "redis: left out, as asked"));
  CHECK(has(peers.left_out, "valkey: left out, as there is no program '/nonexistent/valkey-server'"));
  CHECK(has(peers.left_out, "memcached: left out, as '/bin/false --version' fails"));
}

TEST_CASE("without lastbeatd there is nothing to compare") {
  CompareOptions options;
  options.lastbeatd = "/nonexistent/lastbeatd";
  CHECK_THROWS_WITH(find_peers(options), Catch::Contains("/nonexistent/lastbeatd"));
}
