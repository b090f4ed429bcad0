// In place of secure_stream.cpp where there is no OpenSSL.
#include <stdexcept>

#include "secure_stream.hpp"

namespace lastbeat {

std::unique_ptr<SecureContext> make_secure_context(const TlsOptions& /*options*/) {
  throw std::invalid_argument("this liblastbeat was built without TLS");
}

}  // namespace lastbeat
