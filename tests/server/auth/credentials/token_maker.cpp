#include "server/auth/credentials/token_maker.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace lastbeat::test {
namespace {

void require(bool truth) {
  if (!truth) throw std::runtime_error("OpenSSL cannot do what the test asks for");
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

template <class Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> bio{::BIO_new(::BIO_s_mem()), ::BIO_free};
  require(write(bio.get()) == 1);
  char* data = nullptr;
  const auto size = ::BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// r and s behind each other, 32 bytes each, out of the DER that OpenSSL writes.
std::string raw_ecdsa(std::string_view der) {
  constexpr int kBytes = 32;
  const unsigned char* at = bytes(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&::ECDSA_SIG_free)> signature{
      ::d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ::ECDSA_SIG_free};
  require(signature != nullptr);
  std::array<unsigned char, std::size_t{2} * kBytes> raw{};
  require(::BN_bn2binpad(::ECDSA_SIG_get0_r(signature.get()), raw.data(), kBytes) == kBytes);
  require(::BN_bn2binpad(::ECDSA_SIG_get0_s(signature.get()), raw.data() + kBytes, kBytes) == kBytes);
  return {raw.begin(), raw.end()};
}

}  // namespace

TestKey TestKey::rsa(unsigned bits) {
  TestKey key;
  key.key_ = {::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)), ::EVP_PKEY_free};
  require(key.key_ != nullptr);
  return key;
}

TestKey TestKey::ec(const char* curve) {
  TestKey key;
  key.key_ = {::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), ::EVP_PKEY_free};
  require(key.key_ != nullptr);
  return key;
}

TestKey TestKey::ed25519() {
  TestKey key;
  key.key_ = {::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), ::EVP_PKEY_free};
  require(key.key_ != nullptr);
  return key;
}

TestKey TestKey::secret(std::string bytes) {
  TestKey key;
  key.secret_ = std::move(bytes);
  return key;
}

std::string TestKey::public_pem() const {
  return written([&](BIO* bio) { return ::PEM_write_bio_PUBKEY(bio, key_.get()); });
}

std::string TestKey::private_pem() const {
  return written(
      [&](BIO* bio) { return ::PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string TestKey::public_der() const {
  return written([&](BIO* bio) { return ::i2d_PUBKEY_bio(bio, key_.get()); });
}

std::string TestKey::sign(std::string_view input) const {
  if (!key_) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes(input), input.size(), mac.data(),
           &size);
    return {mac.begin(), mac.begin() + size};
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context{::EVP_MD_CTX_new(), ::EVP_MD_CTX_free};
  require(::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key_.get()) == 1);
  std::size_t size = 0;
  require(::EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size()) == 1);
  std::vector<unsigned char> signature(size);
  require(::EVP_DigestSign(context.get(), signature.data(), &size, bytes(input), input.size()) == 1);
  const std::string der{signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size)};
  return ::EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC ? raw_ecdsa(der) : der;
}

std::string base64url(std::string_view text) {
  std::string usual((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(usual.data()), bytes(text), static_cast<int>(text.size()));
  usual.resize(static_cast<std::size_t>(size));
  while (usual.ends_with('=')) usual.pop_back();
  std::replace(usual.begin(), usual.end(), '+', '-');
  std::replace(usual.begin(), usual.end(), '/', '_');
  return usual;
}

std::string make_token(const TestKey& key, std::string_view header, std::string_view claims) {
  const std::string input = base64url(header) + "." + base64url(claims);
  return input + "." + base64url(key.sign(input));
}

std::string make_token_of(const char* algorithm, const TestKey& key, std::string_view claims) {
  return make_token(key, std::string{R"({"alg":")"} + algorithm + R"(","typ":"JWT"})", claims);
}

}  // namespace lastbeat::test
