// TLS as people meet it: lastbeatd with files, lastbeat, curl, openssl s_client.
#include <algorithm>
#include <asio.hpp>
#include <csignal>
#include <filesystem>

#include "e2e/process.hpp"
#include "lastbeat/async_client.hpp"
#include "lastbeat/client.hpp"
#include "server/net/tls/test_certificates.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::CertificateFiles;
using lastbeat::test::Daemon;
using lastbeat::test::Process;
using lastbeat::test::run;
using lastbeat::test::TestCertificates;

namespace {

std::vector<std::string> tls_arguments(const CertificateFiles& files) {
  return {"--tls-cert", files.cert, "--tls-key", files.key};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What `openssl s_client` says about the server. Security level 0 lets it offer what nobody should accept.
std::string s_client(const std::string& address, const std::string& arguments) {
  return run("sh", {"-c", "openssl s_client -connect " + address + " -cipher DEFAULT@SECLEVEL=0 " + arguments +
                              " </dev/null 2>&1"})
      .output;
}

ClientOptions secure(const std::string& server, const std::string& ca) {
  ClientOptions options{.server = server};
  options.tls.enabled = true;
  options.tls.ca_file = ca;
  options.connect_attempts = 1;
  options.request_timeout = std::chrono::seconds{25};  // many users on a slow machine
  return options;
}

}  // namespace

TEST_CASE("lastbeat speaks TLS to lastbeatd, and says why when it does not come about") {
  const TestCertificates certificates;
  const TestCertificates strangers;
  const Daemon daemon{tls_arguments(certificates.issue("localhost"))};
  CHECK(daemon.lastbeat({"--tls", "--ca", certificates.ca(), "heartbeat", "42"}).status == 0);
  CHECK(has(daemon.lastbeat({"--tls", "--ca", certificates.ca(), "status", "42"}).output, "42 online"));

  const auto stranger = daemon.lastbeat({"--tls", "--ca", strangers.ca(), "status", "42"});
  CHECK(stranger.status == 1);
  CHECK(has(stranger.output, "no TLS with the server"));
  const auto misnamed = daemon.lastbeat({"--tls", "--ca", certificates.ca(), "--tls-name", "other.example", "count"});
  CHECK(misnamed.status == 1);
  CHECK(has(misnamed.output, "no TLS with the server: the certificate does not name other.example"));
}

TEST_CASE("who speaks TLS to a server in clear text, or the other way round, is told what may be wrong") {
  const TestCertificates certificates;
  const Daemon encrypted{tls_arguments(certificates.issue("localhost"))};
  const Daemon clear;
  const auto in_clear_text = encrypted.lastbeat({"count"});
  CHECK(in_clear_text.status == 1);
  CHECK(has(in_clear_text.output, "does it want TLS?"));
  const auto in_tls = clear.lastbeat({"--tls", "--ca", certificates.ca(), "count"});
  CHECK(in_tls.status == 1);
  CHECK(has(in_tls.output, "does the server speak TLS at this address?"));
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones are refused") {
  const TestCertificates certificates;
  const Daemon daemon{tls_arguments(certificates.issue("localhost"))};
  CHECK(has(s_client(daemon.address(), "-tls1_3"), "TLSv1.3, Cipher is"));
  CHECK(has(s_client(daemon.address(), "-tls1_2"), "TLSv1.2, Cipher is"));
  CHECK(has(s_client(daemon.address(), "-tls1_1"), "alert protocol version"));
  CHECK(has(s_client(daemon.address(), "-tls1"), "alert protocol version"));
}

TEST_CASE("a client shows its certificate where one is asked for, and a bad one is refused") {
  const TestCertificates certificates;
  auto arguments = tls_arguments(certificates.issue("localhost"));
  arguments.insert(arguments.end(), {"--tls-client-ca", certificates.ca()});
  const Daemon daemon{arguments};
  const auto lastbeat_with = [&](const CertificateFiles& own) {
    return daemon.lastbeat({"--tls", "--ca", certificates.ca(), "--cert", own.cert, "--key", own.key, "count"});
  };
  CHECK(lastbeat_with(certificates.issue("gateway")).status == 0);
  const CertificateFiles bad = certificates.issue_alone("mallory");
  const auto with_bad = lastbeat_with(bad);
  CHECK(with_bad.status == 1);
  CHECK(has(with_bad.output, "does not accept the client's certificate"));
  const auto with_none = daemon.lastbeat({"--tls", "--ca", certificates.ca(), "count"});
  CHECK(with_none.status == 1);
  CHECK(has(with_none.output, "a certificate of the client"));
  asio::io_context context{1};
  AsyncClient client{context.get_executor(), secure(daemon.address(), certificates.ca())};
  std::optional<Error> refused;
  client.count([&](const Result<UserCount>& count) {
    if (!count) refused = count.error();
    client.cancel();
  });
  context.run_for(std::chrono::seconds{30});
  REQUIRE(refused);
  CHECK(has(refused->message, "a certificate of the client"));
  CHECK(has(s_client(daemon.address(), "-tls1_2 -cert " + bad.cert + " -key " + bad.key), "alert unknown ca"));
}

TEST_CASE("SIGHUP reads certificates anew while connections stay, and a bad file changes nothing") {
  const TestCertificates certificates;
  const TestCertificates others;
  const CertificateFiles files = certificates.issue("localhost");
  const auto replace = [](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  Daemon daemon{tls_arguments(files)};
  Client old{secure(daemon.address(), certificates.ca())};
  REQUIRE(old.count().ok());

  const CertificateFiles fresh = others.issue("localhost");
  replace(fresh.cert, files.cert);
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("not read again, what there was stays: --tls-key");
  CHECK(Client{secure(daemon.address(), certificates.ca())}.count().ok());

  replace(fresh.key, files.key);
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("read again: /CN=localhost until");
  CHECK(old.count().ok());
  CHECK_FALSE(Client{secure(daemon.address(), certificates.ca())}.count().ok());
  CHECK(Client{secure(daemon.address(), others.ca())}.count().ok());
}

TEST_CASE("the client pipelines, goes idle and comes back over TLS") {
  const TestCertificates certificates;
  const CertificateFiles files = certificates.issue("localhost");
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < 300'000; ++i) users.push_back(UserId{i * 0x9E3779B97F4A7C15U});
  Daemon daemon{tls_arguments(files)};
  Client client{secure(daemon.address(), certificates.ca())};
  REQUIRE(client.heartbeat(users).ok());
  const auto status = client.status(users);
  REQUIRE(status.ok());
  CHECK(std::count(status.value().begin(), status.value().end(), Presence::kOnline) ==
        static_cast<std::ptrdiff_t>(users.size()));
  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK_FALSE(client.count().ok());
}

TEST_CASE("the asynchronous client speaks TLS, and says why when it does not come about") {
  const TestCertificates certificates;
  const TestCertificates strangers;
  std::vector<UserId> users;
  for (std::uint64_t i = 0; i < 300'000; ++i) users.push_back(UserId{i * 0x9E3779B97F4A7C15U});
  const Daemon daemon{tls_arguments(certificates.issue("localhost"))};
  asio::io_context context{1};
  AsyncClient client{context.get_executor(), secure(daemon.address(), certificates.ca())};
  AsyncClient stranger{context.get_executor(), secure(daemon.address(), strangers.ca())};
  bool is_everybody_online = false;
  std::optional<Error> refused;
  client.heartbeat(users, [](const auto&) {});
  client.status(users, [&](const Result<std::vector<Presence>>& status) {
    is_everybody_online = status && std::count(status.value().begin(), status.value().end(), Presence::kOnline) ==
                                        static_cast<std::ptrdiff_t>(users.size());
    client.cancel();
  });
  stranger.count([&](const Result<UserCount>& count) {
    if (!count) refused = count.error();
    stranger.cancel();
  });
  context.run_for(std::chrono::seconds{30});
  CHECK(is_everybody_online);
  REQUIRE(refused);
  CHECK(refused->kind == ErrorKind::kConnect);
  CHECK(has(refused->message, "no TLS with the server"));
}

TEST_CASE("a load runs over TLS") {
  const TestCertificates certificates;
  const Daemon daemon{tls_arguments(certificates.issue("localhost"))};
  std::vector<std::string> load{"load",
                                "--target",
                                "lastbeat://" + daemon.address(),
                                "--connections",
                                "2",
                                "--pipeline",
                                "4",
                                "--users",
                                "100",
                                "--duration",
                                "300ms",
                                "--tls",
                                "--ca",
                                certificates.ca()};
  const auto over_tls = run("lastbeat-bench", load);
  CAPTURE(over_tls.output);
  CHECK(over_tls.status == 0);
  CHECK(has(over_tls.output, "errors          0\n"));
  CHECK(has(over_tls.output, "server cpu"));
  const TestCertificates strangers;
  load.back() = strangers.ca();
  const auto stranger = run("lastbeat-bench", load);
  CHECK(stranger.status == 1);
  CHECK(has(stranger.output, "no TLS with the server"));
}

#ifdef LASTBEAT_HTTP
TEST_CASE("curl speaks HTTP over TLS, and protocols above it that are not spoken are refused") {
  const TestCertificates certificates;
  const Daemon daemon{tls_arguments(certificates.issue("localhost"))};
  const std::string url = "https://" + daemon.http_address();
  CHECK(
      has(run("curl", {"-sS", "--cacert", certificates.ca(), "--json", R"({"user_id":42})", url + "/heartbeat"}).output,
          "\"accepted\":1"));
  CHECK(has(run("curl", {"-sS", "--cacert", certificates.ca(), url + "/status/42"}).output, "\"online\""));
  CHECK(has(s_client(daemon.http_address(), "-alpn http/1.1"), "ALPN protocol: http/1.1"));
  CHECK(has(s_client(daemon.http_address(), "-alpn h2"), "no application protocol"));
  CHECK(has(s_client(daemon.address(), "-alpn http/1.1"), "No ALPN negotiated"));
}
#endif
