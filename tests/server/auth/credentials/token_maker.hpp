// Makes keys and signs tokens, good and bad ones, by OpenSSL alone: what the server uses to read them is not involved.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace lastbeat::test {

class TestKey {
 public:
  static TestKey rsa(unsigned bits = 2048);
  static TestKey ec(const char* curve = "P-256");
  static TestKey ed25519();
  static TestKey secret(std::string bytes);

  [[nodiscard]] std::string public_pem() const;
  [[nodiscard]] std::string private_pem() const;
  [[nodiscard]] std::string public_der() const;
  // What a server is given: the public PEM text, or the secret.
  [[nodiscard]] std::string file_content() const { return key_ ? public_pem() : secret_; }
  // In the form that JSON Web Signatures have.
  [[nodiscard]] std::string sign(std::string_view input) const;

 private:
  TestKey() = default;
  std::shared_ptr<EVP_PKEY> key_;  // null: a secret
  std::string secret_;
};

[[nodiscard]] std::string base64url(std::string_view bytes);
// Both parts as they are given, JSON or not.
[[nodiscard]] std::string make_token(const TestKey& key, std::string_view header, std::string_view claims);
// {"alg":"...","typ":"JWT"} in front of these claims.
[[nodiscard]] std::string make_token_of(const char* algorithm, const TestKey& key, std::string_view claims);

}  // namespace lastbeat::test
