#include "credentials/jwt_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "credentials/sha256.hpp"

namespace lastbeat::auth {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, FreeKey>;

constexpr std::string_view kPemMark = "-----BEGIN ";
constexpr std::string_view kPublicKeyMark = "-----BEGIN PUBLIC KEY-----";

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

std::size_t count_of(std::string_view text, std::string_view part) noexcept {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The one public key of a PEM text.
PublicKey read_pem(std::string_view content) {
  if (contains(content, "PRIVATE KEY")) {
    throw std::runtime_error("this is a private key; allowed: the public key, as `openssl pkey -pubout` writes it");
  }
  if (count_of(content, kPemMark) != 1 || !contains(content, kPublicKeyMark)) {
    throw std::runtime_error("allowed: one PEM text that begins with " + std::string{kPublicKeyMark});
  }
  const std::unique_ptr<BIO, FreeBio> bio{::BIO_new_mem_buf(content.data(), static_cast<int>(content.size()))};
  PublicKey key{::PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)};
  ::ERR_clear_error();
  if (!key) throw std::runtime_error("this PEM text holds no key that can be read");
  return key;
}

bool is_p256(const EVP_PKEY& key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return ::EVP_PKEY_get_group_name(&key, group.data(), group.size(), &size) == 1 &&
         std::string_view{group.data(), size} == "prime256v1";
}

Algorithm algorithm_of(const EVP_PKEY& key) {
  if (::EVP_PKEY_get_base_id(&key) == EVP_PKEY_RSA) {
    if (::EVP_PKEY_get_bits(&key) < kFewestRsaBits) {
      throw std::runtime_error("this RSA key is too small; allowed: 2048 bits or more");
    }
    return Algorithm::kRs256;
  }
  if (::EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC && is_p256(key)) return Algorithm::kEs256;
  throw std::runtime_error("this is a key of another kind; allowed: RSA, and the elliptic curve P-256");
}

// What is public must not become a secret.
void refuse_public_keys(std::string_view content) {
  const auto* at = reinterpret_cast<const unsigned char*>(content.data());
  const PublicKey key{::d2i_PUBKEY(nullptr, &at, static_cast<long>(content.size()))};
  at = reinterpret_cast<const unsigned char*>(content.data());
  const std::unique_ptr<X509, FreeCertificate> certificate{::d2i_X509(nullptr, &at, static_cast<long>(content.size()))};
  ::ERR_clear_error();
  if (key || certificate || content.starts_with("ssh-") || content.starts_with("ecdsa-") ||
      contains(content, "\"kty\"")) {
    throw std::runtime_error("this is a public key, and in no form that is understood; allowed: PEM");
  }
}

std::string_view without_line_end(std::string_view secret) noexcept {
  std::string_view text = secret;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool is_text = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return is_text ? text : secret;
}

JwtKey read(std::string_view content) {
  if (contains(content, kPemMark)) {
    const PublicKey key = read_pem(content);
    return {.kid = {}, .algorithm = algorithm_of(*key), .material = std::string{content}};
  }
  refuse_public_keys(content);
  const std::string_view secret = without_line_end(content);
  if (secret.size() < kFewestSecretBytes) {
    throw std::runtime_error("this secret is too short; allowed: 32 bytes or more, as `openssl rand -hex 32` makes");
  }
  return {.kid = {}, .algorithm = Algorithm::kHs256, .material = std::string{secret}};
}

}  // namespace

std::string_view name_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::kHs256:
      return "HS256";
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kEs256:
      break;
  }
  return "ES256";
}

JwtKey read_jwt_key(std::string kid, std::string_view content, const std::string& origin) {
  try {
    JwtKey key = read(content);
    key.kid = std::move(kid);
    key.digest = sha256(std::string{name_of(key.algorithm)} + ":" + key.material);
    return key;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(origin + ": " + error.what());
  }
}

}  // namespace lastbeat::auth
