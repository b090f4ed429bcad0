// The server's side of TLS 1.2 and 1.3: certificates, and the layers that show them.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "net/encryption.hpp"

namespace lastbeat::tls {

// Threads: any.
class Certificates final : public Encryption {
 public:
  // Throws std::runtime_error that names the file and what is wrong with it.
  explicit Certificates(Config config);

  [[nodiscard]] SecureLayerFactory layers(Above above) override;
  void reload() override;
  [[nodiscard]] std::string summary() const override;

 private:
  // Both, or OpenSSL would have to ask for every connection what is above it.
  struct Contexts {
    std::shared_ptr<SSL_CTX> binary;
    std::shared_ptr<SSL_CTX> http;
  };
  [[nodiscard]] static Contexts read(const Config& config);
  [[nodiscard]] std::shared_ptr<SSL_CTX> context(Above above) const;

  const Config config_;
  mutable std::mutex mutex_;  // held while a pointer is copied
  Contexts contexts_;
};

}  // namespace lastbeat::tls
