// Servers that a load can be pointed at besides lastbeatd, as the system has them installed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/workload.hpp"
#include "e2e/process.hpp"
#include "text/parse.hpp"

namespace lastbeat::test {

// A redis-server or memcached of its own, that serves already: on a free port of 127.0.0.1 and, Redis only, on a unix
// socket too. Keeps nothing on disk.
class PeerServer {
 public:
  // `protocol`: kRedis or kMemcache. Throws when it does not start within a minute, or is not installed.
  explicit PeerServer(bench::Protocol protocol, const std::vector<std::string>& arguments = {});
  ~PeerServer();
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;

  [[nodiscard]] bench::Protocol protocol() const { return protocol_; }
  [[nodiscard]] text::Endpoint tcp() const { return text::TcpEndpoint{"127.0.0.1", port_}; }
  [[nodiscard]] text::Endpoint unix_socket() const { return text::UnixEndpoint{socket_path_}; }
  [[nodiscard]] pid_t process() const { return process_->id(); }

 private:
  bench::Protocol protocol_;
  std::string socket_path_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace lastbeat::test
