#include "secure_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <asio/ssl.hpp>
#include <stdexcept>

namespace lastbeat {
namespace {

// What may be behind the words of OpenSSL.
const char* hint(int reason, bool has_certificate) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return ": the server wants a certificate of the client";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return has_certificate ? "" : ": does the server want a certificate of the client?";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return ": the server does not accept the client's certificate";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return ": does the server speak TLS at this address?";
    default:
      return "";
  }
}

class OpenSslStream final : public SecureStream {
 public:
  OpenSslStream(Socket& socket, asio::ssl::context& context, const std::string& host)
      : stream_{socket, context}, host_{host} {
    stream_.set_verify_callback(asio::ssl::host_name_verification{host});
    std::error_code ignored;
    asio::ip::make_address(host, ignored);
    // Names only: an address is no server name (RFC 6066, 3).
    if (!ignored) return;
    // What SSL_set_tlsext_host_name does, without the cast in that macro.
    std::string name = host;
    SSL_ctrl(stream_.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }

  void async_handshake(std::function<void(const std::error_code&)> done) override {
    stream_.async_handshake(asio::ssl::stream_base::client, std::move(done));
  }
  void async_write(asio::const_buffer bytes, Moved done) override {
    asio::async_write(stream_, bytes, std::move(done));
  }
  void async_read_some(asio::mutable_buffer into, Moved done) override {
    stream_.async_read_some(into, std::move(done));
  }
  std::size_t read_some(asio::mutable_buffer into, std::error_code& error) override {
    return stream_.read_some(into, error);
  }
  [[nodiscard]] std::string reason(const std::error_code& error) const override {
    SSL* const ssl = const_cast<asio::ssl::stream<Socket&>&>(stream_).native_handle();
    const long verified = SSL_get_verify_result(ssl);
    // Whatever OpenSSL finds it names; this is what it makes of the callback's no.
    if (verified == X509_V_ERR_UNSPECIFIED) return "the certificate does not name " + host_;
    if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
    if (error.category() != asio::error::get_ssl_category()) return "";
    const bool has_certificate = SSL_get_certificate(ssl) != nullptr;
    return error.message() + hint(ERR_GET_REASON(static_cast<unsigned long>(error.value())), has_certificate);
  }

 private:
  asio::ssl::stream<Socket&> stream_;
  const std::string host_;
};

class OpenSslContext final : public SecureContext {
 public:
  explicit OpenSslContext(const TlsOptions& options) {
    context_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    context_.set_verify_mode(asio::ssl::verify_peer);
    if (options.ca_file.empty()) {
      context_.set_default_verify_paths();
    } else {
      use(options.ca_file, [&](std::error_code& error) { context_.load_verify_file(options.ca_file, error); });
    }
    if (options.cert_file.empty() != options.key_file.empty()) {
      throw std::invalid_argument("a client's certificate and its key need each other");
    }
    if (options.cert_file.empty()) return;
    use(options.cert_file,
        [&](std::error_code& error) { context_.use_certificate_chain_file(options.cert_file, error); });
    use(options.key_file, [&](std::error_code& error) {
      context_.use_private_key_file(options.key_file, asio::ssl::context::pem, error);
    });
  }

  [[nodiscard]] std::unique_ptr<SecureStream> wrap(SecureStream::Socket& socket, const std::string& host) override {
    return std::make_unique<OpenSslStream>(socket, context_, host);
  }

 private:
  template <class Load>
  static void use(const std::string& path, Load load) {
    std::error_code error;
    load(error);
    if (error) throw std::invalid_argument("cannot use " + path + ": " + error.message());
  }

  asio::ssl::context context_{asio::ssl::context::tls_client};
};

}  // namespace

std::unique_ptr<SecureContext> make_secure_context(const TlsOptions& options) {
  return std::make_unique<OpenSslContext>(options);
}

}  // namespace lastbeat
