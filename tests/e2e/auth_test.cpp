// Signing in with real files, real signatures and real signals.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "e2e/process.hpp"
#include "lastbeat/client.hpp"
#include "server/auth/credentials/token_maker.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::test::Daemon;
using lastbeat::test::Finished;
using lastbeat::test::make_token_of;
using lastbeat::test::run;
using lastbeat::test::TestKey;

namespace {

const std::string kGateway(32, 'g');
const std::string kOps(32, 'o');

// Files that go with the test.
class Files {
 public:
  Files() { std::filesystem::create_directory(folder_); }
  ~Files() { std::filesystem::remove_all(folder_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  std::string write(const std::string& name, const std::string& content) const {
    const auto path = folder_ / name;
    std::ofstream{path} << content;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path.string();
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("lastbeat-e2e-auth-" + std::to_string(::getpid()));
};

std::string tokens(bool with_ops = true) {
  return "gateway heartbeat,status " + kGateway + "\n" + (with_ops ? "ops admin " + kOps + "\n" : "");
}

std::string stat(Client& client, const std::string& name) {
  for (const auto& [key, value] : client.stats().value()) {
    if (key == name) return value;
  }
  return "none";
}

// A minute at most.
template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

std::string claims(const std::string& user, const std::string& issuer = "test", int seconds_left = 600) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(now).count() + seconds_left;
  return R"({"sub":")" + user + R"(","iss":")" + issuer + R"(","exp":)" + std::to_string(end) + "}";
}

}  // namespace

TEST_CASE("the command signs in with the token of a file, and is told when it may not") {
  const Files files;
  const Daemon daemon{{"--auth-token-file", files.write("tokens", tokens())}};
  const std::string gateway = files.write("gateway", kGateway + "\n");
  const std::string ops = files.write("ops", kOps + "\n");
  const std::string wrong = files.write("wrong", std::string(32, 'w'));
  CHECK(daemon.lastbeat({"--token-file", gateway, "heartbeat", "42"}).output == "ok\n");
  CHECK(daemon.lastbeat({"status", "42", "--token-file", gateway}).output.starts_with("42 online"));
  CHECK(daemon.lastbeat({"--token-file", ops, "online"}).output == "42\n");
  CHECK(daemon.lastbeat({"ping"}).status == 0);
  const Finished nobody = daemon.lastbeat({"count"});
  CHECK(nobody.status == 1);
  CHECK(nobody.output.find("a valid token is needed; send it with auth (--token-file FILE)") != std::string::npos);
  const Finished refused = daemon.lastbeat({"--token-file", wrong, "ping"});
  CHECK(refused.status == 1);
  CHECK(refused.output.find("that of --token-file is not") != std::string::npos);
  const Finished forbidden = daemon.lastbeat({"--token-file", ops, "heartbeat", "1"});
  CHECK(forbidden.status == 1);
  CHECK(forbidden.output.find("does not allow") != std::string::npos);
  CHECK(daemon.lastbeat({"--token-file", wrong + "-not-there", "count"}).status == 1);
}

TEST_CASE("a load signs in with the token of a file; without one all is refused and nothing counts as done") {
  const Files files;
  const Daemon daemon{{"--auth-token-file", files.write("tokens", tokens())}};
  std::vector<std::string> load{"load",          "--target", "lastbeat://" + daemon.address(),
                                "--connections", "2",        "--users",
                                "100",           "--batch",  "5",
                                "--duration",    "200ms"};
  const Finished nobody = run("lastbeat-bench", load);
  CAPTURE(nobody.output);
  CHECK(nobody.status == 1);
  CHECK(nobody.output.find(" times: a valid token is needed") != std::string::npos);
  CHECK(nobody.output.find("operations/s    0\n") != std::string::npos);
  load.insert(load.end(), {"--token-file", files.write("wrong", std::string(32, 'w'))});
  const Finished refused = run("lastbeat-bench", load);
  CHECK(refused.status == 1);
  CHECK(refused.output.find("lastbeat-bench: the server says: a valid token is needed") != std::string::npos);
  load.back() = files.write("gateway", kGateway + "\n");
  const Finished signed_in = run("lastbeat-bench", load);
  CAPTURE(signed_in.output);
  CHECK(signed_in.status == 0);
  CHECK(signed_in.output.find("errors          0\n") != std::string::npos);
}

TEST_CASE("a user's token counts for that user, in every algorithm") {
  const Files files;
  const TestKey rsa = TestKey::rsa();
  const TestKey ec = TestKey::ec();
  const TestKey secret = TestKey::secret(std::string(32, 's'));
  const char* algorithm = GENERATE("HS256", "RS256", "ES256");
  const std::string name = algorithm;
  const TestKey& key = name == "HS256" ? secret : name == "RS256" ? rsa : ec;
  const Daemon daemon{{"--jwt-key-file", files.write("key", key.file_content()), "--jwt-issuer", "test"}};
  const std::string token = files.write("token", make_token_of(algorithm, key, claims("42")));
  CHECK(daemon.lastbeat({"--token-file", token, "heartbeat", "42"}).output == "ok\n");
  CHECK(daemon.lastbeat({"--token-file", token, "status", "42"}).output.starts_with("42 online"));
  CHECK(daemon.lastbeat({"--token-file", token, "heartbeat", "43"}).status == 1);
  CHECK(daemon.lastbeat({"--token-file", token, "status", "43"}).output == "43 offline\n");
  const std::string forged =
      files.write("forged", make_token_of("HS256", TestKey::secret(rsa.public_pem()), claims("42")));
  CHECK(daemon.lastbeat({"--token-file", forged, "heartbeat", "42"}).status == 1);
}

TEST_CASE("SIGHUP reads tokens anew while connections stay, and a bad file changes nothing") {
  const Files files;
  const std::string file = files.write("tokens", tokens());
  Daemon daemon{{"--auth-token-file", file}};
  Client ops{{.server = daemon.address(), .token = kOps}};
  Client gateway{{.server = daemon.address(), .token = kGateway}};
  REQUIRE(ops.online().ok());
  REQUIRE(gateway.count().ok());

  files.write("tokens", "gateway everything\n");
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("not read again, what there was stays: " + file + ":1");
  CHECK(ops.online().ok());

  files.write("tokens", tokens(false));
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("read again: 1 service tokens");
  CHECK(gateway.count().ok());
  const auto refused = ops.online();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().server_code == 8);
  CHECK(ops.is_connected());
  CHECK(ops.ping().ok());

  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  CHECK(daemon.process().output().find(kOps) == std::string::npos);
}

TEST_CASE("SIGHUP does no harm where there is nothing to read again") {
  Daemon daemon;
  daemon.process().signal(SIGHUP);
  daemon.process().read_until("options read again");
  CHECK(daemon.lastbeat({"count"}).output == "0\n");
}

TEST_CASE("a file that cannot be used stops the start, and says why") {
  const Files files;
  const std::string bad = files.write("tokens", "gateway heartbeat short\n");
  const Finished finished = run("lastbeatd", {"--listen", "127.0.0.1:0", "--http", "off", "--auth-token-file", bad});
  CHECK(finished.status == 1);
  CHECK(finished.output.find(bad + ":1") != std::string::npos);
  CHECK(finished.output.find("32 to 4096") != std::string::npos);
}

#ifdef LASTBEAT_HTTP
TEST_CASE("curl signs in as a user, as the document says") {
  const Files files;
  const TestKey key = TestKey::ec();
  const Daemon daemon{{"--jwt-key-file", "k1=" + files.write("key", key.public_pem())}};
  const std::string url = "http://" + daemon.http_address();
  const auto curl = [&](const std::string& token, const std::vector<std::string>& rest) {
    std::vector<std::string> arguments{"-s", "-i", "-H", "Authorization: Bearer " + token};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return run("curl", arguments).output;
  };
  const std::string token = lastbeat::test::make_token(key, R"({"alg":"ES256","kid":"k1"})", claims("42"));
  CHECK(curl(token, {"-X", "POST", url + "/heartbeat"}).find("{\"accepted\":1") != std::string::npos);
  CHECK(curl(token, {url + "/status/42"}).find("online") != std::string::npos);
  CHECK(curl(token, {"--json", R"({"user_id":43})", url + "/heartbeat"}).starts_with("HTTP/1.1 403"));
  CHECK(curl(token + "x", {url + "/status/42"}).starts_with("HTTP/1.1 401"));
  CHECK(curl(make_token_of("ES256", key, claims("42")), {url + "/status/42"}).starts_with("HTTP/1.1 401"));
}

TEST_CASE("a token that is not the user's is refused over HTTP, with the same words whatever is wrong with it") {
  const Files files;
  const TestKey key = TestKey::ec();
  Daemon daemon{{"--jwt-key-file", files.write("key", key.public_pem()), "--jwt-issuer", "test"}};
  const std::string url = "http://" + daemon.http_address() + "/heartbeat";
  const auto beat = [&](const std::string& token) {
    return run("curl", {"-s", "-w", "%{http_code}", "-X", "POST", "-H", "Authorization: Bearer " + token, url}).output;
  };
  const std::string good = make_token_of("ES256", key, claims("42"));
  const std::string other = make_token_of("ES256", key, claims("43"));
  const auto signature = [](const std::string& token) { return token.substr(token.rfind('.') + 1); };
  const std::string unsigned_token =
      lastbeat::test::base64url(R"({"alg":"none"})") + "." + lastbeat::test::base64url(claims("42")) + ".";
  struct Row {
    const char* why;
    std::string token;
  };
  const std::vector<Row> rows{
      {"another algorithm", make_token_of("RS256", TestKey::rsa(), claims("42"))},
      {"HMAC with the public key", make_token_of("HS256", TestKey::secret(key.public_pem()), claims("42"))},
      {"none", unsigned_token},
      {"none, and a signature", unsigned_token + signature(good)},
      {"expired", make_token_of("ES256", key, claims("42", "test", -60))},
      {"another issuer", make_token_of("ES256", key, claims("42", "somebody"))},
      {"the signature of another token", good.substr(0, good.rfind('.') + 1) + signature(other)},
      {"another key of the same kind", make_token_of("ES256", TestKey::ec(), claims("42"))},
      {"sub is no id", make_token_of("ES256", key, claims("me"))},
      {"no sub", make_token_of("ES256", key, R"({"iss":"test","exp":4102444800})")},
  };
  const std::string refusal = "{\"error\":{\"code\":\"invalid_token\",\"message\":\"the token is not valid\"}}\n401";
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(beat(row.token) == refusal);
  }
  CHECK(beat(good) == "{\"accepted\":1,\"refused\":0}\n200");

  daemon.process().signal(SIGTERM);
  CHECK(daemon.process().wait() == 0);
  const std::string& log = daemon.process().output();
  CHECK(log.find("token") != std::string::npos);
  for (const Row& row : rows) CHECK(log.find(row.token.substr(0, row.token.find('.'))) == std::string::npos);
}
#endif

TEST_CASE("a sidecar whose token is refused upstream says so, is not ready, and is well once the token is good again") {
  const Files files;
  const std::string known = files.write("tokens", tokens());
  Daemon upstream{{"--auth-token-file", known}};
  const std::string gateway = files.write("gateway", kGateway + "\n");
  Daemon sidecar{{"--upstream", upstream.address(), "--upstream-token-file", gateway, "--coalesce", "100ms"}};
  sidecar.process().read_until("the upstream answers");
  Client client{{.server = sidecar.address()}};
  const std::vector user{UserId{42}};
  REQUIRE(client.heartbeat(user));
  REQUIRE(client.status(user));

  files.write("tokens", "ops admin " + kOps + "\n");
  upstream.process().signal(SIGHUP);
  CHECK(sidecar.process().read_until("refuses to count").find("--upstream-token-file") != std::string::npos);
  REQUIRE(client.heartbeat(std::vector{UserId{43}}));
  sidecar.process().read_until("cannot be reached");
  CHECK(comes_true([&] { return stat(client, "store_reachable") == "0"; }));

  // What was taken meanwhile has been kept.
  files.write("tokens", tokens());
  upstream.process().signal(SIGHUP);
  CHECK(comes_true([&] { return stat(client, "store_reachable") == "1"; }));
  Client there{{.server = upstream.address(), .token = kGateway}};
  CHECK(comes_true([&] { return there.status(std::vector{UserId{43}}).value()[0] == Presence::kOnline; }));
}

TEST_CASE("a sidecar without a token, or one of too small a scope, says what is refused and which scope it lacks") {
  const Files files;
  const Daemon upstream{{"--auth-token-file", files.write("tokens", "beats heartbeat " + kGateway + "\n")}};
  Daemon without{{"--upstream", upstream.address()}};
  Daemon small{{"--upstream", upstream.address(), "--upstream-token-file", files.write("gateway", kGateway + "\n")}};
  CHECK(without.process().read_until("refuses to count").find("the upstream answers") == std::string::npos);
  Client client{{.server = without.address()}};
  CHECK(stat(client, "store_reachable") == "0");
  small.process().read_until("it lacks the scope status");
  small.process().read_until("the upstream answers");
  CHECK(small.lastbeat({"status", "42"}).status == 1);
  small.process().read_until("refuses statuses");
}
