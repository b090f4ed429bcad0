#include "tls/certificates.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "tls/layer.hpp"

namespace lastbeat::tls {
namespace {

// Length and name, as ALPN writes them.
constexpr std::array<unsigned char, 9> kHttpProtocol{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
// Sessions are resumed only by who got them from this program.
constexpr std::string_view kSessionContext = "lastbeat";

// The first of the errors: those after it tell through whose hands it went.
std::string first_reason() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown reason";
}

void check(long result, const std::string& what) {
  if (result != 1) throw std::runtime_error{what + ": " + first_reason()};
}

int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void* /*unused*/) {
  if (above(*ssl) == Above::kBinary) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, kHttpProtocol.data(), kHttpProtocol.size(), offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// There is nobody at a terminal to be asked for it.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return 0; }

void demand_certificates(SSL_CTX* context, const std::string& path) {
  check(SSL_CTX_load_verify_file(context, path.c_str()), "--tls-client-ca " + path);
  const STACK_OF(X509_OBJECT)* const authorities = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(authorities); ++i) {
    X509* const authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(authorities, i));
    if (authority != nullptr) check(SSL_CTX_add_client_CA(context, authority), "names of --tls-client-ca");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::shared_ptr<SSL_CTX> make_context(const Config& config) {
  ERR_clear_error();  // what comes first is told
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!context) throw std::bad_alloc{};
  SSL_CTX* const raw = context.get();
  check(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION), "TLS 1.2");
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection gives its buffers back; a send may stop half-way and go on from other memory.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);                           // else a record takes two receives
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets do without memory of the server's
  check(SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                       kSessionContext.size()),
        "session context");
  SSL_CTX_set_default_passwd_cb(raw, no_passphrase);
  check(SSL_CTX_use_certificate_chain_file(raw, config.cert_file.c_str()), "--tls-cert " + config.cert_file);
  check(SSL_CTX_use_PrivateKey_file(raw, config.key_file.c_str(), SSL_FILETYPE_PEM), "--tls-key " + config.key_file);
  if (!config.client_ca_file.empty()) demand_certificates(raw, config.client_ca_file);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  return context;
}

std::string text_of(const ASN1_TIME* time) {
  tm broken_down{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return "?";
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &broken_down);
  return {text.data(), size};
}

}  // namespace

Certificates::Certificates(Config config) : config_{std::move(config)}, context_{make_context(config_)} {}

void Certificates::reload() {
  auto fresh = make_context(config_);
  const std::lock_guard lock{mutex_};
  std::swap(context_, fresh);
}

std::string Certificates::summary() const {
  const auto current = context();
  const X509* const certificate = SSL_CTX_get0_certificate(current.get());
  std::array<char, 256> name{};
  X509_NAME_oneline(X509_get_subject_name(certificate), name.data(), name.size());
  return std::string{name.data()} + " until " + text_of(X509_get0_notAfter(certificate)) +
         (config_.client_ca_file.empty() ? "" : ", clients must show a certificate");
}

std::shared_ptr<SSL_CTX> Certificates::context() const {
  const std::lock_guard lock{mutex_};
  return context_;
}

SecureLayerFactory Certificates::layers(Above above) {
  return [this, above](int descriptor) { return make_server_layer(*context(), descriptor, above); };
}

}  // namespace lastbeat::tls
