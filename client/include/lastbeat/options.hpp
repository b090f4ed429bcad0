// How a client reaches its server.
#pragma once

#include <chrono>
#include <string>

namespace lastbeat {

// TLS 1.2 or 1.3. Files are PEM and are read when the client is made.
struct TlsOptions {
  bool enabled = false;
  std::string ca_file;      // who signs the server's certificate; empty: whom the system trusts
  std::string server_name;  // whom the server's certificate must name; empty: the host of ClientOptions::server
  std::string cert_file;    // the client's own certificate, where the server asks for one; empty: none
  std::string key_file;     // and its private key
};

struct ClientOptions {
  std::string server = "127.0.0.1:7230";            // HOST:PORT, [IPV6]:PORT or unix:PATH
  std::chrono::milliseconds connect_timeout{2000};  // of one attempt to connect
  std::chrono::milliseconds request_timeout{5000};  // of a call, connecting included
  std::chrono::milliseconds first_backoff{50};      // longest pause before the second attempt; doubles ...
  std::chrono::milliseconds longest_backoff{5000};  // ... up to this; the pause itself is random below it
  int connect_attempts = 0;                         // in one call; 0: as many as fit into request_timeout
  std::string token{};                              // sent after connecting, every time; empty: none
  TlsOptions tls{};                                 // not over unix sockets
};

}  // namespace lastbeat
