// nginx or HAProxy in front of a lastbeatd, with the configuration of docs/proxies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "e2e/process.hpp"
#include "server/net/tls/test_certificates.hpp"

namespace lastbeat::test {

enum class ProxyKind : std::uint8_t { kNginx, kHaproxy };

// Serves the HTTP API as https://presence.example on a free port of 127.0.0.1 and, HAProxy only, the binary protocol on
// another. Of the documented configuration only addresses and paths are changed.
class Proxy {
 public:
  // Throws when it does not start within a minute, or is not installed. `daemon` knows the name and wants tokens.
  Proxy(ProxyKind kind, const Daemon& daemon);

  // Runs curl, which trusts the proxy and finds it; `path` may be a range of paths, as curl reads it.
  [[nodiscard]] Finished curl(const std::string& path, const std::vector<std::string>& arguments = {}) const;
  // The same; prints the status of each reply on a line of its own instead of its body.
  [[nodiscard]] std::string statuses(const std::string& path, const std::vector<std::string>& arguments = {}) const;

  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::string binary_address() const;
  [[nodiscard]] std::string ca() const { return certificates_.ca(); }
  Process& process() { return *process_; }

 private:
  void start(ProxyKind kind, const Daemon& daemon);

  TestCertificates certificates_;
  std::uint16_t port_ = 0;
  std::uint16_t binary_port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace lastbeat::test
