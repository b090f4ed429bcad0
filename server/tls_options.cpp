#include "server/tls_options.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace lastbeat {

void declare_tls_options(CLI::App& app, tls::Config& raw) {
  app.add_option("--tls-cert", raw.cert_file,
                 "PEM file of the certificate: every TCP address then speaks TLS 1.2 or 1.3 only")
      ->type_name("FILE");
  app.add_option("--tls-key", raw.key_file, "PEM file of the certificate's private key")->type_name("FILE");
  app.add_option("--tls-client-ca", raw.client_ca_file,
                 "PEM file of authorities: clients must show a certificate that one of them signed")
      ->type_name("FILE");
}

tls::Config check_tls_options(const tls::Config& raw) {
  if (raw.cert_file.empty() != raw.key_file.empty()) {
    throw std::invalid_argument("--tls-cert and --tls-key need each other");
  }
  if (!raw.client_ca_file.empty() && !raw.is_on()) {
    throw std::invalid_argument("--tls-client-ca needs --tls-cert and --tls-key");
  }
#ifndef LASTBEAT_TLS
  if (raw.is_on()) throw std::invalid_argument("this lastbeatd was built without TLS; allowed: no --tls-cert");
#endif
  return raw;
}

}  // namespace lastbeat
