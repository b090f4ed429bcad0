// The servers that are compared: which programs they are, and how they are started alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/compare_options.hpp"
#include "bench/workload.hpp"
#include "compare/child_process.hpp"

namespace lastbeat::bench {

struct Peer {
  std::string name;     // lastbeat, echo, redis, valkey, memcached, crowded
  std::string program;  // a path
  std::string version;  // as it tells itself
  Protocol protocol = Protocol::kLastbeat;
};

struct Peers {
  std::vector<Peer> found;            // lastbeat first
  std::vector<std::string> left_out;  // a line each that says why
};

// What of the options can be found on this machine. Throws std::runtime_error when lastbeatd cannot.
[[nodiscard]] Peers find_peers(const CompareOptions& options);

// What a server must have room for.
struct Capacity {
  std::uint64_t users = 0;
  std::uint32_t connections = 0;
  std::chrono::seconds ttl{30};     // of lastbeatd; the others are told with each heartbeat
  std::chrono::seconds retain{30};  // of lastbeatd
};

// How it is started: one thread that serves, nothing saved to disk, on 127.0.0.1.
[[nodiscard]] std::vector<std::string> arguments_of(const Peer& peer, std::uint16_t port, const Capacity& capacity);

// Serves from construction on, on a free port and one core.
class RunningPeer {
 public:
  // Throws std::runtime_error, with what the program printed, when it does not accept connections within 10 s.
  RunningPeer(const Peer& peer, const Capacity& capacity, unsigned cpu);

  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }
  [[nodiscard]] pid_t process() const noexcept { return child_.id(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  Peer peer_;
  Descriptor reservation_;  // of the port, for as long as the server is there
  std::uint16_t port_;
  ChildProcess child_;
};

}  // namespace lastbeat::bench
