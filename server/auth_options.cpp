#include "server/auth_options.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace lastbeat {
namespace {

// "KID=PATH", or a path alone. What stands before '=' is a kid unless it has a slash, so "./a=b" is a path.
auth::KeyFile key_file(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool has_kid = equals != std::string::npos && text.find('/') > equals;
  auth::KeyFile file{.kid = has_kid ? text.substr(0, equals) : "", .path = has_kid ? text.substr(equals + 1) : text};
  if (file.path.empty() || (has_kid && file.kid.empty())) {
    throw std::invalid_argument("'" + text + "' is no value for --jwt-key-file; allowed: PATH or KID=PATH");
  }
  return file;
}

}  // namespace

void declare_auth_options(CLI::App& app, RawAuthOptions& raw) {
  app.add_option("--auth-token-file", raw.token_files,
                 "Service tokens, a line each: name, scopes (heartbeat,status,admin), token; repeatable")
      ->type_name("FILE")
      ->take_all();
  app.add_option("--jwt-key-file", raw.key_files,
                 "A key of users' JSON Web Tokens: a PEM public key (RS256, ES256), or a secret (HS256); KID=FILE for "
                 "tokens with this kid; repeatable")
      ->type_name("[KID=]FILE")
      ->take_all();
  app.add_option("--jwt-issuer", raw.issuer, "What the iss of users' tokens must be")->type_name("TEXT");
  app.add_option("--jwt-audience", raw.audience, "What the aud of users' tokens must be or hold")->type_name("TEXT");
}

auth::Config check_auth_options(const RawAuthOptions& raw) {
  auth::Config config{.token_files = raw.token_files, .key_files = {}, .issuer = {}, .audience = {}};
  for (const std::string& text : raw.key_files) config.key_files.push_back(key_file(text));
  if (!raw.issuer.empty()) config.issuer = raw.issuer;
  if (!raw.audience.empty()) config.audience = raw.audience;
  if (config.key_files.empty() && (config.issuer || config.audience)) {
    throw std::invalid_argument("--jwt-issuer and --jwt-audience need a --jwt-key-file");
  }
#ifndef LASTBEAT_AUTH
  if (config.is_on()) {
    throw std::invalid_argument(
        "this lastbeatd was built without authentication; allowed: no --auth-token-file and no "
        "--jwt-key-file");
  }
#endif
  return config;
}

}  // namespace lastbeat
