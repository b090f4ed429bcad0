// TLS of one accepted connection, by OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "net/encryption.hpp"
#include "net/secure_layer.hpp"

namespace lastbeat::tls {

// Keeps what it needs of `context`, which may be given up afterwards. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<SecureLayer> make_server_layer(SSL_CTX& context, int descriptor, Above above);

// What the layer to which this belongs was made for.
[[nodiscard]] Above above(const SSL& ssl) noexcept;

}  // namespace lastbeat::tls
