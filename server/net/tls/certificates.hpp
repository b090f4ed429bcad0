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
  [[nodiscard]] std::shared_ptr<SSL_CTX> context() const;

  const Config config_;
  mutable std::mutex mutex_;          // held while a pointer is copied
  std::shared_ptr<SSL_CTX> context_;  // of all listeners
};

}  // namespace lastbeat::tls
