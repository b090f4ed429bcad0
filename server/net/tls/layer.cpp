#include "tls/layer.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace lastbeat::tls {
namespace {

// --- the socket, as OpenSSL sees it: its own would raise SIGPIPE ---------------------------------------------------

int descriptor_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

bool is_retry() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int socket_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t bytes = ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), 0);
  if (bytes < 0 && is_retry()) BIO_set_retry_read(bio);
  return static_cast<int>(bytes);
}

int socket_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t bytes = ::send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (bytes < 0 && is_retry()) BIO_set_retry_write(bio);
  return static_cast<int>(bytes);
}

long socket_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_socket_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking socket");
  if (method == nullptr) throw std::bad_alloc{};
  BIO_meth_set_read(method, socket_read);
  BIO_meth_set_write(method, socket_write);
  BIO_meth_set_ctrl(method, socket_control);
  return method;
}

// `descriptor` outlives what is returned.
BIO* make_socket_bio(int& descriptor) {
  static BIO_METHOD* const method = make_socket_method();  // lives as long as the program
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc{};
  BIO_set_data(bio, &descriptor);
  BIO_set_init(bio, 1);
  return bio;
}

// --- the layer -----------------------------------------------------------------------------------------------------

int as_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

class ServerLayer final : public SecureLayer {
 public:
  ServerLayer(SSL_CTX& context, int descriptor, Above above)
      : descriptor_{descriptor}, above_{above}, ssl_{SSL_new(&context)} {
    if (!ssl_) throw std::bad_alloc{};
    SSL_set_app_data(ssl_.get(), this);
    BIO* const bio = make_socket_bio(descriptor_);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
  }

  Transfer receive(std::span<std::byte> into) noexcept override {
    std::size_t filled = 0;
    has_more_ = false;
    while (filled < into.size() && !has_ended_) {
      ERR_clear_error();
      const int bytes = SSL_read(ssl_.get(), into.data() + filled, as_int(into.size() - filled));
      if (bytes > 0) {
        filled += static_cast<std::size_t>(bytes);
        wants_ = Interest::kNone;
      } else {
        note(bytes);
        break;
      }
    }
    // What has arrived before an end is dealt with first; the next call tells of the end.
    has_more_ = has_ended_ || filled == into.size();
    if (filled != 0) return {.bytes = filled};
    return {.outcome = has_ended_ ? Transfer::Outcome::kClosed : Transfer::Outcome::kNotNow};
  }

  Transfer send(std::span<const std::byte> bytes) noexcept override {
    std::size_t sent = 0;
    while (sent < bytes.size() && !has_failed_) {
      ERR_clear_error();
      const int written = SSL_write(ssl_.get(), bytes.data() + sent, as_int(bytes.size() - sent));
      if (written > 0) {
        sent += static_cast<std::size_t>(written);
        wants_ = Interest::kNone;
      } else {
        note(written);
        break;
      }
    }
    if (sent == 0 && has_failed_) return {.outcome = Transfer::Outcome::kClosed};
    if (sent == 0) return {.outcome = Transfer::Outcome::kNotNow};
    return {.bytes = sent};
  }

  void finish() noexcept override {
    if (has_failed_ || !is_established()) return;  // OpenSSL forbids it after a failure
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  [[nodiscard]] Above above() const noexcept { return above_; }
  [[nodiscard]] bool has_more() const noexcept override { return has_more_; }
  [[nodiscard]] Interest wants() const noexcept override { return wants_; }
  [[nodiscard]] bool is_established() const noexcept override { return SSL_is_init_finished(ssl_.get()) == 1; }

 private:
  // Why a call moved nothing.
  void note(int result) noexcept {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        wants_ = Interest::kRead;
        break;
      case SSL_ERROR_WANT_WRITE:
        wants_ = Interest::kWrite;
        break;
      case SSL_ERROR_ZERO_RETURN:
        has_ended_ = true;
        break;
      default:
        has_ended_ = true;
        has_failed_ = true;
        break;
    }
    ERR_clear_error();
  }

  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  int descriptor_;  // OpenSSL reads it through its BIO: declared before ssl_, freed after it
  Above above_;
  std::unique_ptr<SSL, Free> ssl_;
  Interest wants_ = Interest::kNone;
  bool has_more_ = false;
  bool has_ended_ = false;   // nothing will come any more
  bool has_failed_ = false;  // nor can anything be sent
};

}  // namespace

std::unique_ptr<SecureLayer> make_server_layer(SSL_CTX& context, int descriptor, Above above) {
  return std::make_unique<ServerLayer>(context, descriptor, above);
}

Above above(const SSL& ssl) noexcept { return static_cast<const ServerLayer*>(SSL_get_app_data(&ssl))->above(); }

}  // namespace lastbeat::tls
