// Signing in over HTTP, as docs/http-api.md has it.
#include "http/authorization.hpp"

#include <string>

#include "server/auth/fake_authority.hpp"
#include "server/net/http/http_client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using namespace lastbeat::http;
using auth::Scope;
using lastbeat::test::FakeAuthority;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::service;
using lastbeat::test::TestServer;
using lastbeat::test::user;

namespace {

lastbeat::test::TestServerConfig guarded(const FakeAuthority& authority, const Settings& settings = {}) {
  auto config = http_config(settings);
  config.authority = &authority;
  return config;
}

std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

struct Request {
  const char* method;
  const char* target;
  const char* body;
};
constexpr Request kBeat{"POST", "/heartbeat", R"({"user_id":42})"};
constexpr Request kLeave{"POST", "/leave", R"({"user_id":42})"};
constexpr Request kBeats{"POST", "/heartbeats", R"({"user_ids":[42]})"};
constexpr Request kStatus{"GET", "/status/42", ""};
constexpr Request kStatuses{"POST", "/status", R"({"user_ids":[42]})"};
constexpr Request kCount{"GET", "/count", ""};
constexpr Request kOnline{"GET", "/online", ""};
constexpr Request kStats{"GET", "/stats", ""};
constexpr Request kHistory{"GET", "/history", ""};

int ask(HttpClient& client, const Request& request, const std::string& headers = "") {
  return client.ask(request.method, request.target, request.body, headers).status;
}

}  // namespace

TEST_CASE("a bearer token is what stands behind the scheme, in whatever case that is written") {
  CHECK(bearer_token("Bearer abc") == "abc");
  CHECK(bearer_token("bearer   abc") == "abc");
  CHECK(bearer_token("BEARER a b") == "a b");
  CHECK(bearer_token("Bearer ") == "");
  for (const char* other : {"", "Bearer", "Bearerabc", "Basic abc", "Bearer\tabc", " Bearer abc"}) {
    CAPTURE(other);
    CHECK_FALSE(bearer_token(other).has_value());
  }
}

TEST_CASE("without a token the probes and the root are open, and everything else says 401 and how to sign in") {
  FakeAuthority authority;
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  for (const char* open : {"/healthz", "/readyz", "/"}) CHECK(client.ask("GET", open).status == 200);
  for (const Request& request : {kBeat, kLeave, kBeats, kStatus, kStatuses, kCount, kOnline, kStats, kHistory}) {
    CAPTURE(request.target);
    const HttpReply reply = client.ask(request.method, request.target, request.body);
    CHECK(reply.status == 401);
    CHECK(reply.error_code() == "unauthenticated");
    CHECK(reply.header("www-authenticate") == R"(Bearer realm="lastbeat")");
  }
  CHECK(client.ask("GET", "/watch").status == 401);
  CHECK(client.ask("GET", "/nothing").status == 404);
  CHECK(client.ask("GET", "/count", "", "Authorization: Basic YTpi\r\n").error_code() == "unauthenticated");
  CHECK(client.ask("OPTIONS", "/heartbeat").status == 204);
  CHECK(server.stat("refused_unauthenticated") == 11);
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("a token that is not valid gets one answer, whatever is wrong with it") {
  FakeAuthority authority;
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  for (const std::string& token :
       {std::string{"wrong"}, std::string{""}, std::string{"a.b.c"}, std::string(5000, 'x')}) {
    const HttpReply reply = client.ask("GET", "/status/42", "", bearer(token));
    CHECK(reply.status == 401);
    CHECK(reply.error_code() == (token.empty() ? "unauthenticated" : "invalid_token"));
    CHECK(reply.body.find("xxxx") == std::string::npos);
  }
  CHECK(client.ask("GET", "/status/42", "", bearer("wrong")).header("www-authenticate") ==
        R"(Bearer realm="lastbeat", error="invalid_token")");
  CHECK(client.ask("GET", "/status/42", "", bearer("a") + bearer("a")).error_code() == "repeated_header");
}

TEST_CASE("a service token does what its scopes say, and nothing else") {
  struct Row {
    Scope scope;
    int beat, status, admin;
  };
  const auto row = GENERATE(values<Row>({
      {Scope::kHeartbeat, 200, 403, 403},
      {Scope::kStatus, 403, 200, 403},
      {Scope::kAdmin, 403, 403, 200},
  }));
  FakeAuthority authority;
  authority.accept("service", service({row.scope}));
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  const std::string token = bearer("service");
  for (const Request& request : {kBeat, kLeave, kBeats}) CHECK(ask(client, request, token) == row.beat);
  for (const Request& request : {kStatus, kStatuses, kCount}) CHECK(ask(client, request, token) == row.status);
  for (const Request& request : {kOnline, kStats, kHistory}) CHECK(ask(client, request, token) == row.admin);
  const HttpReply reply = client.ask("GET", row.admin == 200 ? "/count" : "/stats", "", token);
  CHECK(reply.error_code() == "forbidden");
  CHECK(reply.header("www-authenticate") == R"(Bearer realm="lastbeat", error="insufficient_scope")");
  CHECK(authority.judged() == 1);
}

TEST_CASE("a user beats and leaves for itself, with or without saying so, and reads statuses") {
  FakeAuthority authority;
  authority.accept("user", user(42));
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  const std::string token = bearer("user");
  CHECK(ask(client, kBeat, token) == 200);
  CHECK(client.ask("GET", "/status/42", "", token).body.find("online") != std::string::npos);
  CHECK(ask(client, kLeave, token) == 200);
  CHECK(client.ask("GET", "/status/42", "", token).body.find("\"left\":true") != std::string::npos);
  CHECK(ask(client, kStatuses, token) == 200);
  for (const char* headers :
       {"", "Content-Length: 0\r\n", "Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        "Transfer-Encoding: chunked\r\n"}) {
    CAPTURE(headers);
    const bool is_chunked = std::string_view{headers}.starts_with("Transfer");
    client.send("POST /heartbeat HTTP/1.1\r\nHost: localhost\r\n" + token + headers + "\r\n" +
                (is_chunked ? "0\r\n\r\n" : ""));
    CHECK(client.receive().body == "{\"accepted\":1,\"refused\":0}\n");
  }
  for (const Request& request : {kBeats, kCount, kOnline, kStats, kHistory}) CHECK(ask(client, request, token) == 403);
}

TEST_CASE("a user that speaks for somebody else is refused, and nothing happens") {
  FakeAuthority authority;
  authority.accept("user", user(42));
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  const std::string token = bearer("user");
  for (const char* target : {"/heartbeat", "/leave"}) {
    CHECK(client.ask("POST", target, R"({"user_id":43})", token).error_code() == "forbidden");
    CHECK(client.ask("POST", target, R"({"user_id":"42"})", token).status == 200);
    CHECK(client.ask("POST", target, R"({"user_id":)", token).error_code() == "malformed_json");
    CHECK(client.ask("POST", target, R"({"user_id":42,"user_id":43})", token).status == 400);
  }
  CHECK(client.ask("GET", "/status/43", "", token).body.find("\"last_hb\":null") != std::string::npos);
  CHECK(server.stat("entries") == 1);
  CHECK(server.stat("heartbeats") == 1);
  CHECK(server.stat("refused_forbidden") == 2);
}

TEST_CASE("users who share a connection, as behind a proxy, are not mistaken for each other") {
  FakeAuthority authority;
  authority.accept("one", user(1));
  authority.accept("two", user(2));
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    for (const char* token : {"one", "two", "wrong"}) {
      requests += "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\n" + bearer(token) + "\r\n";
    }
    requests += "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n\r\n{\"user_id\":999}";
  }
  client.send(requests);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 80; ++i) {
    const int status = client.receive().status;
    if (status == 200) ++accepted;
    if (status == 401) ++refused;
  }
  CHECK(accepted == 40);
  CHECK(refused == 40);
  CHECK(server.stat("entries") == 2);
}

TEST_CASE("a token that was taken away is refused on a connection that has used it") {
  FakeAuthority authority;
  authority.accept("reader", service({Scope::kStatus}));
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  CHECK(ask(client, kStatus, bearer("reader")) == 200);
  authority.forget("reader");
  CHECK(ask(client, kStatus, bearer("reader")) == 401);
  CHECK(ask(client, kStatus) == 401);
}

TEST_CASE("who waits for permission to send a body is refused before it is sent") {
  FakeAuthority authority;
  TestServer server{guarded(authority)};
  HttpClient client{server.address(1)};
  client.send("POST /heartbeats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.receive().status == 401);
}

TEST_CASE("a page of an allowed origin may read that it has to sign in") {
  FakeAuthority authority;
  Settings settings;
  settings.cors_origins = {"https://app.example"};
  TestServer server{guarded(authority, settings)};
  HttpClient client{server.address(1)};
  const HttpReply reply = client.ask("POST", "/heartbeat", kBeat.body, "Origin: https://app.example\r\n");
  CHECK(reply.status == 401);
  CHECK(reply.header("access-control-allow-origin") == "https://app.example");
}
