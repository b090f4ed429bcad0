#include "compare/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "compare/plain_connection.hpp"
#include "compare/programs.hpp"

namespace lastbeat::bench {
namespace {

// Binds a free port and never listens. Redis and memcached cannot be asked which port they picked, so they are told
// one, and nobody else gets it meanwhile: Linux lets a second socket have the port when both say SO_REUSEADDR, as
// servers do, but picks it for none that asks for any port.
Descriptor reserve_port() {
  Descriptor socket{checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
  const int yes = 1;
  checked(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "SO_REUSEADDR");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return socket;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  checked(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  try {
    const PlainConnection connection{port};
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

ChildProcess start(const Peer& peer, std::uint16_t port, const Capacity& capacity, unsigned cpu) {
  constexpr std::chrono::seconds kPatience{10};
  constexpr std::chrono::milliseconds kTick{5};
  ChildProcess child{{.program = peer.program, .arguments = arguments_of(peer, port, capacity), .cpu = cpu}};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (child.is_running() && std::chrono::steady_clock::now() < deadline) {
    if (accepts(port)) return child;
    std::this_thread::sleep_for(kTick);
  }
  throw std::runtime_error{peer.program + " does not accept connections; it printed: " + child.output()};
}

void add(Peers& peers, const char* name, const std::string& program, Protocol protocol) {
  if (program == "none") return peers.left_out.push_back(std::string{name} + ": left out, as asked");
  const std::string path = find_program(program, search_path());
  if (path.empty()) {
    return peers.left_out.push_back(std::string{name} + ": left out, as there is no program '" + program + "'");
  }
  const std::string version = version_of(path);
  if (version.empty()) {
    return peers.left_out.push_back(std::string{name} + ": left out, as '" + path + " --version' fails");
  }
  peers.found.push_back({.name = name, .program = path, .version = version, .protocol = protocol});
}

}  // namespace

Peers find_peers(const CompareOptions& options) {
  const std::string bench = this_program();
  const std::string beside = (std::filesystem::path{bench}.parent_path() / "lastbeatd").string();
  Peers peers;
  add(peers, "lastbeat", options.lastbeatd.empty() ? beside : options.lastbeatd, Protocol::kLastbeat);
  if (peers.found.empty()) throw std::runtime_error{"nothing to compare with: " + peers.left_out.front()};
  add(peers, "echo", bench, Protocol::kEcho);
  add(peers, "redis", options.redis, Protocol::kRedis);
  add(peers, "valkey", options.valkey, Protocol::kRedis);
  add(peers, "memcached", options.memcached, Protocol::kMemcache);
  return peers;
}

std::vector<std::string> arguments_of(const Peer& peer, std::uint16_t port, const Capacity& capacity) {
  const std::string address = "127.0.0.1:" + std::to_string(port);
  // The tools' own connections (one to fill, one to ask) come on top of the load's, and those that a busy server has
  // not seen the end of. memcached counts files of its own among them too.
  constexpr std::uint32_t kOwnConnections = 128;
  const std::string connections = std::to_string(capacity.connections + kOwnConnections);
  switch (peer.protocol) {
    case Protocol::kRedis:
      return {"--bind", "127.0.0.1",    "--port", std::to_string(port), "--maxclients", connections,   "--save",
              "",       "--appendonly", "no",     "--tcp-backlog",      "511",          "--daemonize", "no"};
    case Protocol::kMemcache: {
      // An item of this length takes 96 bytes or less of its memory, and it must not throw any out.
      constexpr std::uint64_t kBytesPerUser = 128;
      constexpr std::uint64_t kLeastMegabytes = 64;
      const std::uint64_t megabytes = kLeastMegabytes + (capacity.users * kBytesPerUser >> 20U);
      std::vector<std::string> arguments{"-l", "127.0.0.1", "-p", std::to_string(port),      "-U", "0",
                                         "-t", "1",         "-m", std::to_string(megabytes), "-c", connections};
      if (::geteuid() == 0) arguments.insert(arguments.end(), {"-u", "root"});  // it refuses to be root unasked
      return arguments;
    }
    case Protocol::kEcho:
      return {"echo", "--listen", address};
    case Protocol::kLastbeat:
      break;
  }
  const auto seconds = [](std::chrono::seconds time) { return std::to_string(time.count()) + "s"; };
  return {"--listen",
          address,
          "--http",
          "off",
          "--threads",
          "1",
          "--ttl",
          seconds(capacity.ttl),
          "--retain",
          seconds(std::max(capacity.ttl, capacity.retain)),
          "--max-connections",
          connections,
          "--log-level",
          "warn"};
}

RunningPeer::RunningPeer(const Peer& peer, const Capacity& capacity, unsigned cpu)
    : peer_{peer},
      reservation_{reserve_port()},
      port_{port_of(reservation_)},
      child_{start(peer, port_, capacity, cpu)} {}

}  // namespace lastbeat::bench
