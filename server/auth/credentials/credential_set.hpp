// All tokens and keys of one reading of the files. Never changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/config.hpp"
#include "auth/identity.hpp"
#include "credentials/jwt.hpp"
#include "credentials/jwt_key.hpp"
#include "credentials/token_file.hpp"

namespace lastbeat::auth {

class CredentialSet {
 public:
  // Reads the files. Throws std::runtime_error that names the file and says why: it cannot be read, a line or a key is
  // no good, a file without a token, a name, a token or a kid that is there twice.
  explicit CredentialSet(const Config& config);

  // Threads: any.
  [[nodiscard]] std::variant<Identity, TokenFault> judge(std::string_view token, UnixSecond now) const;
  // The identity as its proof is worth now.
  [[nodiscard]] std::optional<Identity> renew(const Identity& identity) const;

  [[nodiscard]] std::size_t tokens() const noexcept { return tokens_.size(); }
  [[nodiscard]] std::size_t keys() const noexcept { return keys_.size(); }
  // What the operator should know of, a line each: files that others may read or write.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  void read_tokens(const std::string& path);
  void read_key(const KeyFile& file);
  [[nodiscard]] const ServiceToken* find_token(const Digest& digest) const noexcept;

  ClaimRules rules_;
  std::vector<ServiceToken> tokens_;
  std::vector<JwtKey> keys_;
  std::vector<std::string> warnings_;
};

}  // namespace lastbeat::auth
