#include "credentials/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

namespace lastbeat::auth {

Digest sha256(std::string_view text) {
  Digest digest;  // NOLINT(*-member-init): written before it is read
  unsigned size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(digest.data());
  if (::EVP_Digest(text.data(), text.size(), out, &size, ::EVP_sha256(), nullptr) != 1 || size != digest.size()) {
    throw std::bad_alloc{};
  }
  return digest;
}

bool are_equal(const Digest& a, const Digest& b) noexcept { return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace lastbeat::auth
