// From the endpoints of the command line to addresses to listen on.
#pragma once

#include <asio.hpp>
#include <string>

#include "text/parse.hpp"

namespace lastbeat {

using StreamEndpoint = asio::generic::stream_protocol::endpoint;

struct ListenAddress {
  StreamEndpoint endpoint;
  bool is_local = true;  // reachable from this machine only: a loopback address or a unix socket
};

// Takes IP addresses and "localhost"; names are not looked up, for what a server listens on must not depend on DNS.
// Throws std::invalid_argument that says what is allowed.
[[nodiscard]] ListenAddress resolve_listen_address(const text::Endpoint& endpoint);

// 127.0.0.0/8 or ::1. False for a unix socket.
[[nodiscard]] bool is_loopback(const StreamEndpoint& endpoint);

// "127.0.0.1:7230" or "unix:/path", for logs.
[[nodiscard]] std::string to_string(const StreamEndpoint& endpoint);

}  // namespace lastbeat
