// TLS on the shared session, with a client that is not ours in between: OpenSSL through Asio.
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/ssl.hpp>
#include <cstring>
#include <filesystem>

#include "net/binary_codec.hpp"
#include "protocol/bytes.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "server/net/test_server.hpp"
#include "server/net/tls/test_certificates.hpp"
#include "support/catch.hpp"
#include "tls/certificates.hpp"

using namespace lastbeat;
using lastbeat::test::CertificateFiles;
using lastbeat::test::RawClient;
using lastbeat::test::TestCertificates;
using lastbeat::test::TestServer;
using lastbeat::test::TestServerConfig;
using namespace std::chrono_literals;

namespace {

// A server whose first listener speaks the binary protocol over TLS.
class SecureServer {
 public:
  explicit SecureServer(const tls::Config& files, TestServerConfig config = {})
      : certificates_{files}, server_{secured(std::move(config))} {}
  TestServer& server() { return server_; }
  tls::Certificates& certificates() { return certificates_; }

 private:
  TestServerConfig secured(TestServerConfig config) {
    config.secure = certificates_.layers(tls::Above::kBinary);
    return config;
  }
  tls::Certificates certificates_;
  TestServer server_;
};

tls::Config config_of(const CertificateFiles& files, std::string client_ca = {}) {
  return {.cert_file = files.cert, .key_file = files.key, .client_ca_file = std::move(client_ca)};
}

class SecureClient {
 public:
  SecureClient(const std::string& address, const std::string& ca, const CertificateFiles& own = {}) {
    context_.set_verify_mode(asio::ssl::verify_peer);
    context_.load_verify_file(ca);
    if (!own.cert.empty()) {
      context_.use_certificate_chain_file(own.cert);
      context_.use_private_key_file(own.key, asio::ssl::context::pem);
    }
    stream_.emplace(io_, context_);
    const auto colon = address.rfind(':');
    stream_->next_layer().connect({asio::ip::make_address(address.substr(0, colon)),
                                   static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1)))});
    stream_->next_layer().set_option(asio::ip::tcp::no_delay{true});
  }

  std::error_code shake_hands() {
    std::error_code result;
    stream_->async_handshake(asio::ssl::stream_base::client, [&](const std::error_code& error) { result = error; });
    wait();
    return result;
  }
  void send(const Buffer& bytes) { asio::write(*stream_, asio::buffer(bytes)); }
  // Sends and receives at the same time, so that neither side waits for the other; one thread, as OpenSSL asks.
  std::string exchange(const Buffer& request, std::size_t reply_bytes) {
    std::string reply(reply_bytes, '\0');
    int ended = 0;
    const auto end = [&](const std::error_code& error, std::size_t) {
      CHECK_FALSE(error);
      ++ended;
    };
    asio::async_write(*stream_, asio::buffer(request), end);
    asio::async_read(*stream_, asio::buffer(reply), end);
    wait();
    REQUIRE(ended == 2);
    return reply;
  }
  // So many bytes, or what came before the end.
  std::string receive(std::size_t bytes, std::error_code& error) {
    std::string text(bytes, '\0');
    std::size_t received = 0;
    asio::async_read(*stream_, asio::buffer(text), [&](const std::error_code& result, std::size_t size) {
      error = result;
      received = size;
    });
    wait();
    text.resize(received);
    return text;
  }
  std::string receive(std::size_t bytes) {
    std::error_code error;
    std::string text = receive(bytes, error);
    CHECK_FALSE(error);
    return text;
  }
  // With TLS 1.3 a server refuses a client's certificate only after the client thinks that all is well.
  bool is_refused() {
    if (shake_hands()) return true;
    std::error_code error;
    receive(1, error);
    return static_cast<bool>(error);
  }
  asio::ip::tcp::socket& socket() { return stream_->next_layer(); }

 private:
  // For what has been begun, but no longer than the others' patience.
  void wait() {
    io_.restart();
    io_.run_for(RawClient::kPatience);
    if (io_.stopped()) return;
    stream_->next_layer().cancel();
    io_.run();
  }

  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> stream_;
};

Buffer ping(std::string_view echo) {
  Buffer bytes;
  protocol::append_ping(bytes, 7, protocol::as_bytes(echo));
  return bytes;
}

constexpr std::size_t kHeader = 8;

void check_ping(SecureClient& client, const std::string& echo) {
  client.send(ping(echo));
  CHECK(client.receive(kHeader + echo.size()).substr(kHeader) == echo);
}

// A request of 8 bytes a user, and a reply of 4.
void check_status(SecureClient& client, std::size_t users) {
  std::vector<UserId> ids;
  for (std::size_t i = 0; i < users; ++i) ids.push_back(UserId{~std::uint64_t{i}});
  Buffer request;
  protocol::append_status(request, 9, ids, protocol::StatusForm::kDetailed);
  const std::string reply = client.exchange(request, kHeader + users * 4);
  Buffer unknown;
  for (std::size_t i = 0; i < users; ++i) {
    protocol::append(unknown, protocol::pack(protocol::DetailedStatus{.presence = Presence::kOffline,
                                                                      .age_s = protocol::DetailedStatus::kNoAge}));
  }
  CHECK(std::ranges::equal(std::as_bytes(std::span{reply}).subspan(kHeader), unknown));
}

// Counts how often a file is opened.
class Openings {
 public:
  explicit Openings(const std::string& file) {
    // With the closings, or openings in a row would be one event.
    REQUIRE(::inotify_add_watch(descriptor_, file.c_str(), IN_OPEN | IN_CLOSE) >= 0);
  }
  ~Openings() { ::close(descriptor_); }
  Openings(const Openings&) = delete;
  Openings& operator=(const Openings&) = delete;

  [[nodiscard]] int count() {
    std::array<char, 64 * sizeof(inotify_event)> events{};  // without names: no folder is watched
    const ssize_t bytes = ::read(descriptor_, events.data(), events.size());
    for (ssize_t at = 0; at < bytes; at += static_cast<ssize_t>(sizeof(inotify_event))) {
      inotify_event event{};
      std::memcpy(&event, events.data() + at, sizeof event);
      if ((event.mask & IN_OPEN) != 0) ++count_;
    }
    return count_;
  }

 private:
  int descriptor_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  int count_ = 0;
};

}  // namespace

TEST_CASE("requests and replies of any size pass through TLS") {
  const TestCertificates certificates;
  SecureServer secure{config_of(certificates.issue("localhost"))};
  SecureClient client{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(client.shake_hands());
  check_ping(client, "hello");
  // Records are 16 KiB, what the session reads at once is 256 KiB, and a frame may be larger than both.
  for (const std::size_t users : {1U, 2'046U, 2'047U, 2'048U, 4'095U, 4'096U, 32'766U, 32'767U, 32'768U, 65'536U}) {
    CAPTURE(users);
    check_status(client, users);
  }
}

TEST_CASE("many requests in one record are answered in order") {
  const TestCertificates certificates;
  SecureServer secure{config_of(certificates.issue("localhost"))};
  SecureClient client{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(client.shake_hands());
  Buffer bytes;
  std::string expected;
  for (int i = 0; i < 100'000; ++i) {
    const std::string echo = std::to_string(i);
    protocol::append_ping(bytes, 7, protocol::as_bytes(std::string_view{echo}));
    expected += echo;
  }
  const std::string received = client.exchange(bytes, bytes.size());
  std::string echoes;
  for (std::size_t at = 0; at + kHeader <= received.size();) {
    const auto length = static_cast<unsigned char>(received[at + 3]);
    echoes += received.substr(at + kHeader, length);
    at += kHeader + length;
  }
  CHECK(echoes == expected);
}

TEST_CASE("whoever does not speak TLS is closed and counted, and others are served meanwhile") {
  const TestCertificates certificates;
  SecureServer secure{config_of(certificates.issue("localhost"))};
  RawClient plain{secure.server().address()};
  plain.send(ping("in clear text"));
  static_cast<void>(plain.receive_text_until_closed());
  RawClient leaving{secure.server().address()};
  leaving.shut_down_sending();
  static_cast<void>(leaving.receive_text_until_closed());
  CHECK(secure.server().wait_for_stat("refused_handshakes", 2));
  SecureClient client{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(client.shake_hands());
  check_ping(client, "x");
}

TEST_CASE("a handshake that does not come to its end is closed in time") {
  const TestCertificates certificates;
  TestServerConfig config;
  config.limits.handshake_timeout = 50ms;
  SecureServer secure{config_of(certificates.issue("localhost")), config};
  RawClient silent{secure.server().address()};
  CHECK(silent.receive_text_until_closed().empty());
  CHECK(secure.server().stat("refused_handshakes") == 1);
}

TEST_CASE("a connection over the limit is told so over TLS as well") {
  const TestCertificates certificates;
  TestServerConfig config;
  config.max_connections = 1;
  SecureServer secure{config_of(certificates.issue("localhost")), config};
  SecureClient first{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(first.shake_hands());
  check_ping(first, "x");
  SecureClient second{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(second.shake_hands());
  std::error_code error;
  const std::string goodbye = second.receive(100'000, error);
  REQUIRE(goodbye.size() > kHeader);
  CHECK(static_cast<std::uint8_t>(goodbye[1]) == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
  CHECK(error == asio::error::eof);  // said so, not cut off
}

TEST_CASE("stopping says goodbye over TLS, and does not wait for handshakes") {
  const TestCertificates certificates;
  SecureServer secure{config_of(certificates.issue("localhost"))};
  RawClient silent{secure.server().address()};
  SecureClient client{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(client.shake_hands());
  check_ping(client, "x");
  secure.server().stop();
  std::error_code error;
  const std::string goodbye = client.receive(100'000, error);
  REQUIRE(goodbye.size() > kHeader);
  CHECK(static_cast<std::uint8_t>(goodbye[1]) == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
  CHECK(error == asio::error::eof);
}

TEST_CASE("an end that is met behind what filled a buffer is not waited for") {
  const TestCertificates certificates;
  tls::Certificates shown{config_of(certificates.issue("localhost"))};
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  Socket server{ends[0]};
  const Socket owner{ends[1]};
  server.secure(shown.layers(tls::Above::kBinary));
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  const std::unique_ptr<SSL, decltype(&SSL_free)> client{SSL_new(context.get()), SSL_free};
  SSL_set_fd(client.get(), owner.descriptor());
  std::array<std::byte, 3> first{};
  std::array<std::byte, 100> second{};
  for (int flights = 0; flights < 5 && !server.is_established(); ++flights) {
    SSL_connect(client.get());
    CHECK(server.receive(first).outcome == Transfer::Outcome::kNotNow);
  }
  REQUIRE(SSL_write(client.get(), "abc", 3) == 3);
  REQUIRE(SSL_shutdown(client.get()) == 0);

  const Transfer all = server.receive(first, second);
  CHECK(all.outcome == Transfer::Outcome::kDone);
  CHECK(all.bytes == first.size());
  CHECK(server.has_more());
  CHECK(server.receive(second).outcome == Transfer::Outcome::kClosed);
}

TEST_CASE("a record that never ends is ended with its connection when that has been idle for too long") {
  const TestCertificates certificates;
  TestServerConfig config;
  config.limits.idle_timeout = 200ms;
  SecureServer secure{config_of(certificates.issue("localhost")), config};
  SecureClient client{secure.server().address(), certificates.ca()};
  REQUIRE_FALSE(client.shake_hands());
  const std::string begun{"\x17\x03\x03\x01\x00 of 256 bytes", 18};
  asio::write(client.socket(), asio::buffer(begun));
  std::error_code error;
  const std::string goodbye = client.receive(100'000, error);
  REQUIRE(goodbye.size() > kHeader);
  CHECK(static_cast<std::uint8_t>(goodbye[1]) == static_cast<std::uint8_t>(protocol::Event::kGoodbye));
}

TEST_CASE("a client without a good certificate is refused where one is asked for") {
  const TestCertificates certificates;
  SecureServer secure{config_of(certificates.issue("localhost"), certificates.ca())};
  const std::string address = secure.server().address();
  CHECK(SecureClient(address, certificates.ca()).is_refused());
  CHECK(SecureClient(address, certificates.ca(), certificates.issue_alone("mallory")).is_refused());
  CHECK(secure.server().wait_for_stat("refused_handshakes", 2));
  SecureClient client{address, certificates.ca(), certificates.issue("gateway")};
  REQUIRE_FALSE(client.shake_hands());
  check_ping(client, "x");
}

TEST_CASE("a reload changes the certificate of new connections and keeps the old ones") {
  const TestCertificates certificates;
  const TestCertificates others;
  const CertificateFiles files = certificates.issue("localhost");
  SecureServer secure{config_of(files)};
  const std::string address = secure.server().address();
  SecureClient old{address, certificates.ca()};
  REQUIRE_FALSE(old.shake_hands());

  const CertificateFiles fresh = others.issue("localhost");
  std::filesystem::copy_file(fresh.cert, files.cert, std::filesystem::copy_options::overwrite_existing);
  CHECK_THROWS_WITH(secure.certificates().reload(), Catch::Contains("key values mismatch"));
  CHECK_FALSE(SecureClient(address, certificates.ca()).shake_hands());
  std::filesystem::copy_file(fresh.key, files.key, std::filesystem::copy_options::overwrite_existing);
  secure.certificates().reload();

  check_ping(old, "still here");
  CHECK(SecureClient(address, certificates.ca()).shake_hands());
  CHECK_FALSE(SecureClient(address, others.ca()).shake_hands());
}

TEST_CASE("each file is read once, so that listeners cannot come to differ") {
  const TestCertificates certificates;
  const CertificateFiles files = certificates.issue("localhost");
  tls::Certificates shown{config_of(files, certificates.ca())};
  Openings certificate{files.cert};
  Openings key{files.key};
  Openings authority{certificates.ca()};
  shown.reload();
  CHECK(certificate.count() == 1);
  CHECK(key.count() == 1);
  CHECK(authority.count() == 1);
}

TEST_CASE("files that cannot be used are named") {
  const TestCertificates certificates;
  const CertificateFiles good = certificates.issue("localhost");
  const CertificateFiles other = certificates.issue("other");
  const std::string garbage = certificates.write("garbage", "no PEM");
  const auto made_from = [](const tls::Config& config) { return [config] { tls::Certificates{config}; }; };
  CHECK_THROWS_WITH(made_from({.cert_file = "/nowhere", .key_file = good.key, .client_ca_file = {}})(),
                    Catch::Equals("--tls-cert /nowhere: No such file or directory"));
  CHECK_THROWS_WITH(made_from({.cert_file = garbage, .key_file = good.key, .client_ca_file = {}})(),
                    Catch::Equals("--tls-cert " + garbage + ": no start line"));
  CHECK_THROWS_WITH(made_from({.cert_file = good.cert, .key_file = garbage, .client_ca_file = {}})(),
                    Catch::StartsWith("--tls-key " + garbage));
  CHECK_THROWS_WITH(made_from({.cert_file = good.cert, .key_file = other.key, .client_ca_file = {}})(),
                    Catch::Equals("--tls-key " + other.key + ": key values mismatch"));
  CHECK_THROWS_WITH(made_from({.cert_file = good.cert, .key_file = good.key, .client_ca_file = garbage})(),
                    Catch::StartsWith("--tls-client-ca " + garbage + ": no "));
}
