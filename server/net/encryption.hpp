// TLS as the server sees it. The seam; net/tls has what is behind it.
#pragma once

#include <cstdint>
#include <string>

#include "net/secure_layer.hpp"

namespace lastbeat::tls {

// Where certificates come from: the options that begin with --tls.
struct Config {
  std::string cert_file;       // PEM: the server's certificate, and those of the authorities in between
  std::string key_file;        // PEM: its private key
  std::string client_ca_file;  // PEM: who signs the certificates that clients must show; empty: they need none

  [[nodiscard]] bool is_on() const noexcept { return !cert_file.empty(); }
  friend bool operator==(const Config&, const Config&) = default;
};

// What is spoken above TLS, for clients that ask (ALPN, RFC 7301).
enum class Above : std::uint8_t {
  kBinary,  // has no registered name: whatever a client asks for is not answered
  kHttp,    // http/1.1; a client that offers other protocols only is refused
};

// Threads: any.
class Encryption {
 public:
  virtual ~Encryption() = default;

  // Makes the layers of one listener. This outlives the factory, and the layers.
  [[nodiscard]] virtual SecureLayerFactory layers(Above above) = 0;
  // Reads the files again, for connections that are accepted from now on. When it throws std::runtime_error, which
  // names the file, everything stays as it was.
  virtual void reload() = 0;
  // One line for the log: whose certificate, and until when.
  [[nodiscard]] virtual std::string summary() const = 0;
};

}  // namespace lastbeat::tls
