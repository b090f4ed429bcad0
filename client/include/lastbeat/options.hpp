// How a client reaches its server, or servers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lastbeat/export.h"

namespace lastbeat {

// TLS 1.2 or 1.3. Files are PEM and are read when the client is made.
struct TlsOptions {
  bool enabled = false;
  std::string ca_file;      // who signs the server's certificate; empty: whom the system trusts
  std::string server_name;  // whom the server's certificate must name; empty: the host of ClientOptions::server
  std::string cert_file;    // the client's own certificate, where the server asks for one; empty: none
  std::string key_file;     // and its private key
};

// One of several servers that users are spread over. The name decides which of them belong here, together with the
// weight (docs/partitioning.md); a node that moves to another address under its name keeps its users.
struct ClientNode {
  std::string name;
  std::string server;        // HOST:PORT, [IPV6]:PORT or unix:PATH
  std::uint32_t weight = 1;  // its share of the users is this, divided by the sum of all
};

// A list of nodes as in ClientOptions::server. Throws std::invalid_argument, naming what is no node or is there twice.
[[nodiscard]] LASTBEAT_API std::vector<ClientNode> parse_nodes(std::string_view text);

struct ClientOptions {
  // HOST:PORT, [IPV6]:PORT or unix:PATH. Several nodes, with commas between them, are [NAME=]ADDRESS[*WEIGHT] each; the
  // name of one without is its address.
  std::string server = "127.0.0.1:7230";
  std::chrono::milliseconds connect_timeout{2000};  // of one attempt to connect
  std::chrono::milliseconds request_timeout{5000};  // of a call, connecting included
  std::chrono::milliseconds first_backoff{50};      // longest pause before the second attempt; doubles ...
  std::chrono::milliseconds longest_backoff{5000};  // ... up to this; the pause itself is random below it
  int connect_attempts = 0;                         // in one call; 0: as many as fit into request_timeout
  std::string token{};                              // sent after connecting, every time; empty: none
  TlsOptions tls{};                                 // not over unix sockets
  std::vector<ClientNode> nodes{};                  // instead of `server`
  int replicas = 1;                                 // how many of several nodes hold each user: 1 or 2
};

}  // namespace lastbeat
