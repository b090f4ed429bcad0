// rediss://: a lastbeatd whose Redis speaks TLS.
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "e2e/free_port.hpp"
#include "e2e/process.hpp"
#include "server/net/tls/test_certificates.hpp"
#include "server/store/redis/redis_server.hpp"
#include "support/catch.hpp"

using lastbeat::test::CertificateFiles;
using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::free_port;
using lastbeat::test::RedisServer;
using lastbeat::test::run;
using lastbeat::test::TestCertificates;

namespace {

// Besides its unix socket it serves TLS, and TLS alone, on a port.
class TlsRedis {
 public:
  explicit TlsRedis(const CertificateFiles& files, const std::string& ca) {
    constexpr int kAttempts = 10;  // somebody may take the port
    for (int attempt = 1; server_ == nullptr; ++attempt) {
      port_ = free_port();
      const std::vector<std::string> arguments{"--tls-port",         std::to_string(port_),
                                               "--tls-cert-file",    files.cert,
                                               "--tls-key-file",     files.key,
                                               "--tls-ca-cert-file", ca,
                                               "--tls-auth-clients", "no"};
      try {
        server_ = std::make_unique<RedisServer>(arguments);
      } catch (const std::runtime_error&) {
        if (attempt == kAttempts) throw;
      }
    }
  }
  [[nodiscard]] std::string place() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] RedisServer& server() const { return *server_; }

 private:
  std::uint16_t port_ = 0;
  std::unique_ptr<RedisServer> server_;
};

std::vector<std::string> arguments(const std::string& store, const std::string& ca) {
  // On a busy machine a second may be too short.
  std::vector<std::string> words{"--store",         store, "--store-at-start", "exit",
                                 "--store-timeout", "10s", "--doubt-at-start", "no"};
  if (!ca.empty()) words.insert(words.end(), {"--store-tls-ca", ca});
  return words;
}

// What a lastbeatd says that does not come up with this store.
std::string failure(const std::string& store, const std::string& ca) {
  std::vector<std::string> words = arguments(store, ca);
  words.insert(words.end(), {"--listen", "127.0.0.1:0", "--http", "off"});
  const Finished ended = run("lastbeatd", words);
  CHECK(ended.status == 1);
  return ended.output;
}

}  // namespace

TEST_CASE("over rediss:// users are kept in a Redis that speaks TLS, also after it was away") {
  const TestCertificates certificates;
  const TlsRedis redis{certificates.issue("localhost"), certificates.ca()};
  const Daemon daemon{arguments("rediss://" + redis.place(), certificates.ca())};
  CHECK(daemon.lastbeat({"heartbeat", "42"}).output == "ok\n");
  CHECK(daemon.lastbeat({"status", "42"}).output.starts_with("42 online"));
  CHECK(redis.server().ask({"exists", "lastbeat:42"}) == "1");
  redis.server().kill();
  CHECK(daemon.lastbeat({"heartbeat", "43"}).output == "ok\n");
  redis.server().start();
  CHECK(daemon.status_until("42", "42 unknown").starts_with("42 unknown"));
  CHECK(daemon.lastbeat({"status", "43"}).output.starts_with("43 online"));
  CHECK(redis.server().ask({"exists", "lastbeat:43"}) == "1");
}

TEST_CASE("a Redis whose certificate is not good, or which is asked without TLS, is not used") {
  const TestCertificates certificates;
  const TestCertificates strangers;
  const TlsRedis redis{certificates.issue("localhost"), certificates.ca()};
  const std::string no_tls = "no TLS with the server";
  CHECK(failure("rediss://" + redis.place(), strangers.ca()).find(no_tls) != std::string::npos);
  CHECK(failure("rediss://" + redis.place(), "").find(no_tls) != std::string::npos);
  CHECK(failure("redis://" + redis.place(), "").find("cannot use the Redis at " + redis.place()) != std::string::npos);
  const TlsRedis misnamed{certificates.issue("other.example"), certificates.ca()};
  CHECK(failure("rediss://" + misnamed.place(), certificates.ca()).find(no_tls) != std::string::npos);
}
