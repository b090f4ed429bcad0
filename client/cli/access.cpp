#include "command/access.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "text/token_file.hpp"

namespace lastbeat::cli {
void declare_access(CLI::App& app, RawAccess& raw) {
  app.add_option("--token-file", raw.token_file, "A file that holds the token to sign in with")->type_name("FILE");
  app.add_flag("--tls", raw.tls.enabled, "Encrypt; the server's certificate must be good");
  app.add_option("--ca", raw.tls.ca_file, "PEM file of who signed it; without: whom the system trusts")
      ->type_name("FILE");
  app.add_option("--tls-name", raw.tls.server_name, "Whom it must name; without: the server's HOST")->type_name("NAME");
  app.add_option("--cert", raw.tls.cert_file, "PEM file of a certificate of your own, if the server asks for one")
      ->type_name("FILE");
  app.add_option("--key", raw.tls.key_file, "PEM file of its private key")->type_name("FILE");
}

void check_access(const RawAccess& raw, ClientOptions& options) {
  const TlsOptions& tls = raw.tls;
  const bool has_files = !(tls.ca_file + tls.server_name + tls.cert_file + tls.key_file).empty();
  if (has_files && !tls.enabled) throw std::invalid_argument("--ca, --tls-name, --cert and --key need --tls");
  if (tls.cert_file.empty() != tls.key_file.empty()) throw std::invalid_argument("--cert and --key need each other");
  if (!raw.token_file.empty()) options.token = text::read_token_file("--token-file", raw.token_file);
  options.tls = tls;
}

}  // namespace lastbeat::cli
