#include "credentials/credential_set.hpp"

#include <algorithm>
#include <stdexcept>

#include "credentials/secret_file.hpp"
#include "credentials/sha256.hpp"

namespace lastbeat::auth {
namespace {

Identity identity_of(const ServiceToken& token) {
  return {.scopes = token.scopes, .user = std::nullopt, .not_after = kNoEnd, .proof = token.digest};
}

}  // namespace

CredentialSet::CredentialSet(const Config& config) : rules_{.issuer = config.issuer, .audience = config.audience} {
  for (const std::string& path : config.token_files) read_tokens(path);
  for (const KeyFile& file : config.key_files) read_key(file);
}

void CredentialSet::read_tokens(const std::string& path) {
  const SecretFile file = read_secret_file(path);
  if (file.others_may_read) warnings_.push_back(path + " holds tokens and may be read by everybody (chmod o-r)");
  if (file.others_may_write) warnings_.push_back(path + " may be changed by everybody (chmod o-w)");
  const std::vector<ServiceToken> tokens = parse_tokens(file.content, path);
  // A file that was emptied, or is being written, must not lock everybody out.
  if (tokens.empty()) throw std::runtime_error(path + " holds no token");
  for (const ServiceToken& token : tokens) {
    for (const ServiceToken& other : tokens_) {
      if (other.name == token.name) throw std::runtime_error(path + ": two tokens are named " + token.name);
      if (other.digest == token.digest) {
        throw std::runtime_error(path + ": " + other.name + " and " + token.name + " have one token");
      }
    }
    tokens_.push_back(token);
  }
}

void CredentialSet::read_key(const KeyFile& file) {
  const SecretFile secret = read_secret_file(file.path);
  JwtKey key = read_jwt_key(file.kid, secret.content, file.path);
  if (key.is_secret() && secret.others_may_read) {
    warnings_.push_back(file.path + " holds a secret and may be read by everybody (chmod o-r)");
  }
  if (secret.others_may_write) warnings_.push_back(file.path + " may be changed by everybody (chmod o-w)");
  if (std::any_of(keys_.begin(), keys_.end(), [&](const JwtKey& other) { return other.kid == key.kid; })) {
    throw std::runtime_error(file.path + (key.kid.empty() ? ": there is a key without a kid already"
                                                          : ": there is a key with kid " + key.kid + " already"));
  }
  keys_.push_back(std::move(key));
}

// All are compared, in constant time each, so that neither the time tells how far a guess got nor which token it met.
const ServiceToken* CredentialSet::find_token(const Digest& digest) const noexcept {
  const ServiceToken* found = nullptr;
  for (const ServiceToken& token : tokens_) {
    if (are_equal(token.digest, digest)) found = &token;
  }
  return found;
}

std::variant<Identity, TokenFault> CredentialSet::judge(std::string_view token, UnixSecond now) const {
  if (const ServiceToken* service = find_token(sha256(token))) return identity_of(*service);
  return read_jwt(token, keys_, rules_, now);
}

std::optional<Identity> CredentialSet::renew(const Identity& identity) const {
  if (!identity.user) {
    const ServiceToken* service = find_token(identity.proof);
    return service == nullptr ? std::nullopt : std::optional{identity_of(*service)};
  }
  const bool is_key_here =
      std::any_of(keys_.begin(), keys_.end(), [&](const JwtKey& key) { return are_equal(key.digest, identity.proof); });
  return is_key_here ? std::optional{identity} : std::nullopt;
}

}  // namespace lastbeat::auth
