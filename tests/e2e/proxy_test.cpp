// The configurations of docs/proxies, run by nginx and HAProxy in front of a real server.
#include <algorithm>
#include <asio.hpp>
#include <chrono>
#include <csignal>
#include <set>
#include <sstream>
#include <thread>

#include "e2e/process.hpp"
#include "e2e/proxy.hpp"
#include "support/catch.hpp"

using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::Proxy;
using lastbeat::test::ProxyKind;
using lastbeat::test::run;
using lastbeat::test::TestCertificates;

namespace {

const std::string kGateway(32, 'g');
const std::string kOps(32, 'o');

std::vector<std::string> bearer(const std::string& token) { return {"-H", "Authorization: Bearer " + token}; }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class... More>
std::vector<std::string> with(std::vector<std::string> arguments, More... more) {
  (arguments.push_back(more), ...);
  return arguments;
}

// A lastbeatd as it runs behind a proxy, and a proxy.
struct Behind {
  explicit Behind(ProxyKind kind) : proxy{kind, daemon} {}

  // What lastbeatd itself says to those who reach it from inside.
  [[nodiscard]] std::string inside(const std::string& path) const {
    return run("curl", with(bearer(kOps), "-s", "http://" + daemon.http_address() + path)).output;
  }
  [[nodiscard]] std::string token_file(const std::string& token) const { return files.write("token", token); }

  TestCertificates files;
  Daemon daemon{{"--http-host", "presence.example", "--drain-time", "60s", "--auth-token-file",
                 files.write("tokens", "gateway heartbeat,status " + kGateway + "\nops admin " + kOps + "\n")}};
  Proxy proxy;
};

// Of Prometheus' text, the value behind a name with its labels.
long metric(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
}

long connections_accepted(const Behind& behind) {
  return metric(behind.inside("/metrics"), R"(lastbeat_connections_accepted_total{protocol="http"})");
}

std::string s_client(const std::string& address, const std::string& version) {
  return run("sh", {"-c", "openssl s_client -connect " + address + " -cipher DEFAULT@SECLEVEL=0 " + version +
                              " </dev/null 2>&1"})
      .output;
}

std::set<std::string> lines_of(const std::string& text) {
  std::istringstream stream{text};
  std::set<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

}  // namespace

TEST_CASE("behind a proxy the API is served over TLS, with tokens, names and ids passed on") {
  const Behind behind{GENERATE(ProxyKind::kNginx, ProxyKind::kHaproxy)};
  const Proxy& proxy = behind.proxy;
  const auto gateway = bearer(kGateway);
  CHECK(proxy.curl("/heartbeat", with(gateway, "--json", R"({"user_id":42})")).output ==
        "{\"accepted\":1,\"refused\":0}\n");
  CHECK(has(proxy.curl("/status/42", gateway).output, R"("status":"online")"));
  CHECK(has(proxy.curl("/status", with(gateway, "--json", R"({"user_ids":[42,43]})")).output, R"("users":[)"));
  CHECK(has(proxy.curl("/status/42").output, "unauthenticated"));
  CHECK(has(proxy.curl("/status/42", bearer(std::string(32, 'x'))).output, "invalid_token"));

  CHECK(has(proxy.curl("/count", with(gateway, "-i", "-H", "X-Request-Id: seen-outside")).output, "seen-outside"));
  CHECK(has(proxy.curl("/count", with(gateway, "-H", "Host: other.example")).output, "foreign_host"));
  // A page is of the same origin when Origin and Host agree, the port included.
  const std::string port = proxy.address().substr(proxy.address().rfind(':'));
  const std::string body = R"({"user_id":1})";
  CHECK(proxy.statuses("/heartbeat", with(gateway, "--json", body, "-H", "Origin: https://presence.example" + port)) ==
        "200\n");
  CHECK(proxy.statuses("/heartbeat", with(gateway, "--json", body, "-H", "Origin: https://evil.example")) == "403\n");
  CHECK(proxy.statuses("/healthz") == "200\n");

  CHECK(has(s_client(proxy.address(), "-tls1_3"), "TLSv1.3, Cipher is"));
  CHECK(has(s_client(proxy.address(), "-tls1_2"), "TLSv1.2, Cipher is"));
  CHECK(has(s_client(proxy.address(), "-tls1_1"), "Cipher is (NONE)"));
}

TEST_CASE("a proxy does not publish what is for those inside, however the path is disguised") {
  const Behind behind{GENERATE(ProxyKind::kNginx, ProxyKind::kHaproxy)};
  const auto ops = bearer(kOps);
  for (const char* path :
       {"/stats", "/metrics", "/history", "/online", "/online?limit=1", "/stats?", "/stats/", "//stats", "/./stats",
        "/STATS", "/status/../stats", "/status/..%2fstats", "/heartbeat/../metrics", "/%73tats", "/stats%00",
        "/stats;a=b", "/status/42/../../online", "/status/x", "/"}) {
    CAPTURE(path);
    const std::string status = behind.proxy.statuses(path, ops);
    CHECK((status == "404\n" || status == "400\n"));
  }
  CHECK(has(behind.inside("/stats"), "\"uptime_s\":"));
  CHECK(has(behind.inside("/history"), "\"age_ms\":"));
  CHECK(has(behind.inside("/metrics"), "lastbeat_uptime_seconds "));
  CHECK(has(behind.inside("/online"), "\"user_ids\":"));
}

TEST_CASE("a proxy keeps its connections to the server open") {
  const Behind behind{GENERATE(ProxyKind::kNginx, ProxyKind::kHaproxy)};
  const long before = connections_accepted(behind);
  // Clients that come anew for every request. HAProxy looks after the server besides, once a second.
  const auto gateway = with(bearer(kGateway), "--http1.1", "-H", "Connection: close");
  CHECK(lines_of(behind.proxy.statuses("/status/[1-80]", gateway)) == std::set<std::string>{"200"});
  CHECK(connections_accepted(behind) - before < 40);
}

TEST_CASE("a proxy limits the rate of one client, and serves the others") {
  const Behind behind{GENERATE(ProxyKind::kNginx, ProxyKind::kHaproxy)};
  const auto gateway = bearer(kGateway);
  CHECK(lines_of(behind.proxy.statuses("/status/[1-2000]", gateway)) == std::set<std::string>{"200", "429"});
  CHECK(behind.proxy.statuses("/status/1", with(gateway, "--interface", "127.0.0.2")) == "200\n");
}

TEST_CASE("HAProxy sees that a server drains, and sends it nothing more") {
  Behind behind{ProxyKind::kHaproxy};
  const auto gateway = bearer(kGateway);
  CHECK(behind.proxy.statuses("/status/1", gateway) == "200\n");
  behind.daemon.process().signal(SIGTERM);
  behind.proxy.process().read_until("Server lastbeat-http/lastbeatd is DOWN");
  CHECK(behind.proxy.statuses("/status/1", gateway) == "503\n");
  CHECK(has(behind.inside("/count"), "forbidden"));  // it serves on, this address too
}

TEST_CASE("the binary protocol passes through HAProxy, with TLS to the outside") {
  const Behind behind{ProxyKind::kHaproxy};
  const auto lastbeat = [&](const std::string& token, const std::vector<std::string>& command) {
    std::vector<std::string> arguments{"--server",
                                       behind.proxy.binary_address(),
                                       "--tls",
                                       "--ca",
                                       behind.proxy.ca(),
                                       "--tls-name",
                                       "presence.example",
                                       "--token-file",
                                       behind.token_file(token)};
    arguments.insert(arguments.end(), command.begin(), command.end());
    return run("lastbeat", arguments);
  };
  CHECK(lastbeat(kGateway, {"heartbeat", "42", "43"}).output == "ok\n");
  CHECK(has(lastbeat(kGateway, {"status", "42"}).output, "42 online"));
  CHECK(lastbeat(kOps, {"heartbeat", "42"}).status == 1);
  CHECK(has(lastbeat(std::string(32, 'x'), {"count"}).output, "a valid token is needed"));
  CHECK(run("lastbeat", {"--server", behind.proxy.binary_address(), "ping"}).status == 1);
  CHECK(has(s_client(behind.proxy.binary_address(), "-tls1_1"), "Cipher is (NONE)"));
}

TEST_CASE("HAProxy limits the connections of one client of the binary protocol") {
  const Behind behind{ProxyKind::kHaproxy};
  asio::io_context context;
  const std::string address = behind.proxy.binary_address();
  const asio::ip::tcp::endpoint endpoint{asio::ip::make_address("127.0.0.1"),
                                         static_cast<std::uint16_t>(std::stoul(address.substr(address.find(':') + 1)))};
  std::vector<asio::ip::tcp::socket> open;
  const auto is_open = [](asio::ip::tcp::socket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
  };
  for (int i = 0; i < 200; ++i) open.emplace_back(context).connect(endpoint);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  const auto refused = [&] {
    return std::count_if(open.begin(), open.end(), [&](auto& one) { return !is_open(one); });
  };
  while (refused() < 100 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(refused() == 100);
  CHECK(is_open(open.front()));
}
