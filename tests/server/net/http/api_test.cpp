// The HTTP API by what its users see.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "protocol/request.hpp"
#include "server/net/http/http_client.hpp"
#include "server/net/slow_store.hpp"
#include "support/catch.hpp"

using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::RawClient;
using lastbeat::test::SlowStore;
using lastbeat::test::TestServer;
using nlohmann::json;
using namespace lastbeat;
using namespace std::string_literals;

namespace {

json ask(HttpClient& client, const std::string& method, const std::string& target, const std::string& body = "") {
  const HttpReply reply = client.ask(method, target, body);
  CAPTURE(method, target, reply.body);
  REQUIRE(reply.status == 200);
  CHECK(reply.header("content-type") == "application/json");
  CHECK(reply.header("cache-control") == "no-store");
  CHECK_FALSE(reply.header("date").empty());
  CHECK(reply.body.back() == '\n');
  return json::parse(reply.body);
}

std::int64_t unix_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

TEST_CASE("nothing is known about a user, then a heartbeat comes, then the user leaves") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "GET", "/status/42") == json::parse(R"({"user_id":"42","status":"offline","last_hb":null,)"
                                                        R"("age_seconds":null})"));
  CHECK(ask(client, "POST", "/heartbeat", R"({"user_id":42})") == json::parse(R"({"accepted":1,"refused":0})"));
  const json online = ask(client, "GET", "/status/42");
  CHECK(online["status"] == "online");
  CHECK(online["age_seconds"] <= 20);
  CHECK_FALSE(online.contains("left"));
  const std::int64_t last = online["last_hb"];
  CHECK(last <= unix_now());
  CHECK(last >= unix_now() - 21);
  CHECK(ask(client, "POST", "/leave", R"({"user_id":"42"})") == json::parse(R"({"accepted":1,"refused":0})"));
  const json left = ask(client, "GET", "/status/42");
  CHECK(left["status"] == "offline");
  CHECK(left["left"] == true);
  CHECK(left["age_seconds"].is_number());
}

TEST_CASE("ids are numbers or strings in requests, strings in replies, and have 64 bits") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  ask(client, "POST", "/heartbeats", R"({"user_ids":[0,"18446744073709551615",9007199254740993]})");
  for (const std::string id : {"0", "18446744073709551615", "9007199254740993"}) {
    const json status = ask(client, "GET", "/status/" + id);
    CHECK(status["user_id"] == id);
    CHECK(status["status"] == "online");
  }
  CHECK(ask(client, "GET", "/status/9007199254740992")["status"] == "offline");
}

TEST_CASE("the status of many users comes in the order of the question") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  ask(client, "POST", "/heartbeats", R"({"user_ids":[1,3]})");
  ask(client, "POST", "/leave", R"({"user_id":3})");
  const json users = ask(client, "POST", "/status", R"({"user_ids":["3",2,1,2]})")["users"];
  REQUIRE(users.size() == 4);
  CHECK(users[0]["user_id"] == "3");
  CHECK(users[0]["left"] == true);
  CHECK(users[1]["user_id"] == "2");
  CHECK(users[1]["status"] == "offline");
  CHECK(users[2]["user_id"] == "1");
  CHECK(users[2]["status"] == "online");
  CHECK(users[3] == users[1]);
  CHECK(ask(client, "POST", "/status", R"({"user_ids":[]})") == json::parse(R"({"users":[]})"));
}

TEST_CASE("a server in doubt answers unknown") {
  auto config = http_config();
  config.doubt_at_start = true;
  TestServer server{config};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "GET", "/status/42") == json::parse(R"({"user_id":"42","status":"unknown","last_hb":null,)"
                                                        R"("age_seconds":null})"));
}

TEST_CASE("what comes in over HTTP and over the binary protocol is one presence") {
  TestServer server{http_config()};
  HttpClient http{server.address(1)};
  RawClient binary = server.connect();
  const std::vector<UserId> user{UserId{5}};
  Buffer bytes;
  protocol::append_heartbeat(bytes, 1, user);
  binary.send(bytes);
  REQUIRE(binary.receive().has_value());
  CHECK(ask(http, "GET", "/status/5")["status"] == "online");
  ask(http, "POST", "/leave", R"({"user_id":5})");
  bytes.clear();
  protocol::append_status(bytes, 2, user, protocol::StatusForm::kCompact);
  binary.send(bytes);
  CHECK(binary.receive().value().payload == Buffer{std::byte{3}});
}

TEST_CASE("everybody who is online is listed page by page, each once") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "GET", "/online") == json::parse(R"({"user_ids":[],"next_cursor":null})"));
  json ids = json::array();
  for (int i = 0; i < 2500; ++i) ids.push_back(i);
  ask(client, "POST", "/heartbeats", json{{"user_ids", ids}}.dump());
  std::set<std::string> seen;
  std::string cursor;
  std::size_t pages = 0;
  do {
    const json page = ask(client, "GET", "/online?limit=100&cursor=" + cursor);
    CHECK(page["user_ids"].size() <= 100);
    for (const std::string id : page["user_ids"]) CHECK(seen.insert(id).second);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"];
    ++pages;
  } while (!cursor.empty());
  CHECK(seen.size() == 2500);
  CHECK(pages >= 25);
  CHECK(ask(client, "GET", "/online")["user_ids"].size() == 1000);
  CHECK(ask(client, "GET", "/online?cursor=&limit=")["user_ids"].size() == 1000);
}

TEST_CASE("count and stats tell what the other listeners tell") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  ask(client, "POST", "/heartbeats", R"({"user_ids":[1,2,3]})");
  ask(client, "POST", "/leave", R"({"user_id":3})");
  CHECK(ask(client, "GET", "/count") == json::parse(R"({"online":2,"entries":3})"));
  const json stats = ask(client, "GET", "/stats");
  CHECK(stats["heartbeats"] == 3);
  CHECK(stats["leaves"] == 1);
  CHECK(stats["online"] == 2);
  CHECK(stats["http_requests"] == 4);
  CHECK(stats["ttl_s"] == 30);
  CHECK(stats.contains("open_files"));
}

TEST_CASE("the history tells how it was, a list for every kind of number, under the names of the stats") {
  auto config = http_config();
  config.history_interval = std::chrono::milliseconds{1};
  TestServer server{config};
  HttpClient client{server.address(1)};
  ask(client, "POST", "/heartbeats", R"({"user_ids":[1,2,3]})");
  json history = ask(client, "GET", "/history");
  const auto deadline = std::chrono::steady_clock::now() + RawClient::kPatience;
  while (history["online"].empty() || history["online"].back() != 3 || history["turn_p99_ns"].size() < 3) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    history = ask(client, "GET", "/history");
  }
  const json stats = ask(client, "GET", "/stats");
  const json& ages = history["age_ms"];
  CHECK(ages.size() <= History::kMostSamples);
  CHECK(std::is_sorted(ages.rbegin(), ages.rend()));
  for (const auto& [name, values] : history.items()) {
    CAPTURE(name);
    CHECK(values.size() == ages.size());
    CHECK((name == "age_ms" || stats.contains(name)));
  }
  for (const char* name : {"online", "entries", "heartbeats"}) CHECK(history[name].back() == 3);
}

TEST_CASE("a server that has just started has a first sample") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "GET", "/history")["online"] == json::parse("[0]"));
}

TEST_CASE("a server that drains is healthy and not ready") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "GET", "/readyz") == json::parse(R"({"ready":true})"));
  server.drain();
  CHECK(ask(client, "GET", "/healthz") == json::parse(R"({"healthy":true})"));
  const HttpReply reply = client.ask("GET", "/readyz");
  CHECK(reply.status == 503);
  CHECK(reply.error_code() == "not_ready");
  CHECK(server.stat("http_not_ready") == 1);
  CHECK(ask(client, "GET", "/status/1")["status"] == "offline");
}

TEST_CASE("what is to come says so, and the root points on") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  for (const std::string path : {"/watch", "/watch?user_ids=1,2"}) {
    const HttpReply reply = client.ask("GET", path);
    CHECK(reply.status == 501);
    CHECK(reply.error_code() == "not_implemented");
  }
  CHECK(ask(client, "GET", "/")["name"] == "lastbeatd");
}

TEST_CASE("wrong requests are told what is wrong, and change nothing") {
  struct Row {
    std::string method;
    std::string target;
    std::string body;
    int status;
    std::string code;
  };
  const std::vector<Row> rows{
      {"GET", "/nowhere", "", 404, "not_found"},
      {"GET", "/status/", "", 404, "not_found"},
      {"GET", "/status/42/", "", 404, "not_found"},
      {"GET", "/status//42", "", 404, "not_found"},
      {"GET", "/Status/42", "", 404, "not_found"},
      {"GET", "/heartbeat/", "", 404, "not_found"},
      {"GET", "/status/x", "", 400, "invalid_user_id"},
      {"GET", "/status/-1", "", 400, "invalid_user_id"},
      {"GET", "/status/+1", "", 400, "invalid_user_id"},
      {"GET", "/status/1.0", "", 400, "invalid_user_id"},
      {"GET", "/status/0x1", "", 400, "invalid_user_id"},
      {"GET", "/status/%34", "", 400, "invalid_user_id"},
      {"GET", "/status/18446744073709551616", "", 400, "invalid_user_id"},
      {"GET", "/online?limit=0", "", 400, "invalid_query"},
      {"GET", "/online?limit=65537", "", 400, "invalid_query"},
      {"GET", "/online?limit=1&limit=1", "", 400, "invalid_query"},
      {"GET", "/online?cursor=x", "", 400, "invalid_query"},
      {"GET", "/online?page=2", "", 400, "invalid_query"},
      {"GET", "/heartbeat", "", 405, "method_not_allowed"},
      {"GET", "/status", "", 405, "method_not_allowed"},
      {"POST", "/status/42", "{}", 405, "method_not_allowed"},
      {"DELETE", "/status/42", "", 405, "method_not_allowed"},
      {"POST", "/heartbeat", R"({"user_id":})", 400, "malformed_json"},
      {"POST", "/heartbeat", R"({"user_id":-1})", 400, "invalid_user_id"},
      {"POST", "/heartbeat", R"({"user_ids":[1]})", 400, "unexpected_json"},
      {"POST", "/heartbeats", R"({"user_id":1})", 400, "unexpected_json"},
      {"POST", "/heartbeats", R"({"user_ids":[1,2,"x"]})", 400, "invalid_user_id"},
      {"POST", "/leave", "[]", 400, "unexpected_json"},
  };
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  for (const Row& row : rows) {
    CAPTURE(row.method, row.target, row.body);
    const HttpReply reply = client.ask(row.method, row.target, row.body);
    CHECK(reply.status == row.status);
    CHECK(reply.error_code() == row.code);
    const json error = json::parse(reply.body)["error"];
    CHECK(error.size() == 2);
    CHECK_FALSE(error["message"].get<std::string>().empty());
  }
  CHECK(server.stat("entries") == 0);
}

TEST_CASE("a method that a path does not have is told which it has") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  CHECK(client.ask("PUT", "/heartbeat").header("allow") == "POST, OPTIONS");
  CHECK(client.ask("PUT", "/count").header("allow") == "GET, HEAD, OPTIONS");
  const HttpReply options = client.ask("OPTIONS", "/status");
  CHECK(options.status == 204);
  CHECK(options.header("allow") == "POST, OPTIONS");
  CHECK(options.header("content-length").empty());
  CHECK(client.ask("OPTIONS", "*").header("allow") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("HEAD is GET without the body") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  for (const std::string target : {"/status/42", "/count", "/healthz", "/nowhere", "/watch", "/"}) {
    CAPTURE(target);
    const std::string id = "X-Request-Id: the-same\r\n";
    HttpReply get = client.ask("GET", target, "", id);
    const HttpReply head = client.ask("HEAD", target, "", id);
    CHECK(head.status == get.status);
    get.headers.erase("date");
    HttpReply comparable = head;
    comparable.headers.erase("date");
    CHECK(comparable.headers == get.headers);
    CHECK(head.body.empty());
  }
}

TEST_CASE("as many users as fit are taken, and the others are refused") {
  auto config = http_config();
  config.max_users = 2;
  TestServer server{config};
  HttpClient client{server.address(1)};
  CHECK(ask(client, "POST", "/heartbeats", R"({"user_ids":[1,2,3]})") == json::parse(R"({"accepted":2,"refused":1})"));
  const HttpReply reply = client.ask("POST", "/heartbeat", R"({"user_id":3})");
  CHECK(reply.status == 503);
  CHECK(reply.error_code() == "too_many_users");
  CHECK(server.stat("refused_users") == 2);
  CHECK(ask(client, "POST", "/heartbeat", R"({"user_id":1})")["accepted"] == 1);
}

TEST_CASE("the body's limits are kept to the last byte and id") {
  lastbeat::http::Settings settings;
  settings.max_body_bytes = 40;
  settings.max_ids = 3;
  TestServer server{http_config(settings)};
  HttpClient client{server.address(1)};
  CHECK(client.ask("POST", "/heartbeats", R"({"user_ids":[1,2,3]})").status == 200);
  CHECK(client.ask("POST", "/heartbeats", R"({"user_ids":[1,2,3,4]})").error_code() == "too_many_ids");
  std::string body = R"({"user_id":1})";
  body.resize(40, ' ');
  CHECK(client.ask("POST", "/heartbeat", body).status == 200);
  body.resize(41, ' ');
  const HttpReply reply = client.ask("POST", "/heartbeat", body);
  CHECK(reply.status == 413);
  CHECK(reply.error_code() == "body_too_large");
  CHECK(client.is_closed());
}

TEST_CASE("a client that waits for permission to send its body is given it") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  const std::string head = "POST /heartbeat HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
  const bool is_chunked = GENERATE(false, true);
  client.send(head + (is_chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 14\r\n\r\n"));
  CHECK(client.receive().status == 100);
  client.send(is_chunked ? "e\r\n{\"user_id\":42}\r\n0\r\n\r\n" : R"({"user_id":42})");
  CHECK(client.receive().status == 200);
  CHECK(client.ask("GET", "/status/42").body.find("online") != std::string::npos);
}

TEST_CASE("a client that waits for permission to send what is refused in any case is told at once") {
  TestServer server{http_config()};
  HttpClient client{server.address(1)};
  client.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n");
  const HttpReply reply = client.receive();
  CHECK(reply.status == 404);
  CHECK(reply.header("connection") == "close");
  CHECK(client.is_closed());
}

TEST_CASE("connections over the limit, idle ones and those of a server that stops are ended in HTTP") {
  auto config = http_config();
  SECTION("over the limit") {
    config.max_connections = 1;
    TestServer server{config};
    HttpClient first{server.address(1)};
    CHECK(first.ask("GET", "/healthz").status == 200);
    HttpClient second{server.address(1)};
    CHECK(second.receive().error_code() == "too_many_connections");
    CHECK(second.is_closed());
  }
  SECTION("idle: without a word, for whoever sends again would take it for the answer") {
    config.limits.idle_timeout = std::chrono::milliseconds{50};
    TestServer server{config};
    HttpClient client{server.address(1)};
    CHECK(client.is_closed());
    CHECK(server.stat("refused_idle") == 1);
  }
  SECTION("stopping: the request that has begun is told, others just end") {
    TestServer server{config};
    HttpClient idle{server.address(1)};
    HttpClient busy{server.address(1)};
    CHECK(idle.ask("GET", "/healthz").status == 200);
    busy.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea");
    CHECK(busy.receive().status == 200);
    server.stop();
    CHECK(busy.receive().error_code() == "shutting_down");
    CHECK(busy.is_closed());
    CHECK(idle.is_closed());
  }
}

TEST_CASE("with a store that answers later, replies come in order, and its failure is told") {
  SlowStore store;
  TestServer server{http_config(), store};
  HttpClient client{server.address(1)};
  const auto post = [](const std::string& path, int user) {
    const std::string body = R"({"user_id":)" + std::to_string(user) + "}";
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  const auto status = [](int user) {
    return "GET /status/" + std::to_string(user) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  };
  std::string bytes;
  // The clock of this store stands still: each round has a user of its own.
  for (int i = 0; i < 500; ++i) bytes += post("/heartbeat", i) + status(i) + post("/leave", i) + status(i);
  client.send(bytes);
  for (int i = 0; i < 500; ++i) {
    CAPTURE(i);
    REQUIRE(client.receive().status == 200);
    REQUIRE(client.receive().body.find("online") != std::string::npos);
    REQUIRE(client.receive().status == 200);
    REQUIRE(client.receive().body.find("\"left\":true") != std::string::npos);
  }
  store.is_down = true;
  for (const std::string& request : {post("/heartbeat", 1), status(1)}) {
    client.send(request);
    CHECK(client.receive().error_code() == "store_unavailable");
  }
  CHECK(server.stat("refused_store_unavailable") == 2);
  // What needs no store is answered all the same.
  CHECK(client.ask("GET", "/healthz").status == 200);
  CHECK(client.ask("GET", "/readyz").error_code() == "not_ready");
  store.is_down = false;
  CHECK(client.ask("GET", "/readyz").status == 200);
  store.lists = false;
  CHECK(client.ask("GET", "/online").error_code() == "not_implemented");
  CHECK(client.ask("GET", "/count").status == 200);
  store.counts = false;
  CHECK(client.ask("GET", "/count").error_code() == "not_implemented");
}

TEST_CASE("pages of other origins are allowed by a setting, and may change nothing without it") {
  const std::string page = "Origin: https://app.example\r\n";
  SECTION("nobody is allowed") {
    TestServer server{http_config()};
    HttpClient client{server.address(1)};
    const HttpReply read = client.ask("GET", "/count", "", page);
    CHECK(read.status == 200);
    CHECK(read.header("access-control-allow-origin").empty());
    CHECK(client.ask("POST", "/heartbeat", R"({"user_id":1})", page).error_code() == "foreign_origin");
    CHECK(client.ask("POST", "/heartbeat", R"({"user_id":1})", "Origin: null\r\n").status == 403);
    CHECK(client.ask("POST", "/heartbeat", R"({"user_id":1})", "Origin: http://localhost\r\n").status == 200);
    CHECK(server.stat("refused_http_foreign") == 2);
  }
  SECTION("one origin is allowed") {
    lastbeat::http::Settings settings;
    settings.cors_origins = {"https://app.example"};
    TestServer server{http_config(settings)};
    HttpClient client{server.address(1)};
    const HttpReply post = client.ask("POST", "/heartbeat", R"({"user_id":1})", page);
    CHECK(post.status == 200);
    CHECK(post.header("access-control-allow-origin") == "https://app.example");
    CHECK(post.header("vary") == "Origin");
    const HttpReply preflight =
        client.ask("OPTIONS", "/heartbeat", "", page + "Access-Control-Request-Method: POST\r\n");
    CHECK(preflight.status == 204);
    CHECK(preflight.header("access-control-allow-origin") == "https://app.example");
    CHECK(preflight.header("access-control-allow-methods") == "POST, OPTIONS");
    CHECK(preflight.header("access-control-allow-headers") == "Authorization, Content-Type, X-Request-Id");
    const HttpReply other = client.ask("GET", "/count", "", "Origin: https://evil.example\r\n");
    CHECK(other.header("access-control-allow-origin").empty());
    CHECK(other.header("vary") == "Origin");
    // An error can be read by the page too.
    CHECK(client.ask("GET", "/nowhere", "", page).header("access-control-allow-origin") == "https://app.example");
  }
  SECTION("everybody is") {
    lastbeat::http::Settings settings;
    settings.cors_origins = {"*"};
    TestServer server{http_config(settings)};
    HttpClient client{server.address(1)};
    CHECK(client.ask("POST", "/heartbeat", R"({"user_id":1})", page).header("access-control-allow-origin") == "*");
  }
}

TEST_CASE("names that are ours by a setting are served, and on other listeners all names are") {
  lastbeat::http::Settings settings;
  const std::string request = "GET /count HTTP/1.1\r\nHost: Presence.Example:7231\r\n\r\n";
  SECTION("by a setting") { settings.hosts = {"presence.example"}; }
  SECTION("where hosts are not checked") { settings.checks_host = false; }
  TestServer server{http_config(settings)};
  HttpClient client{server.address(1)};
  client.send(request);
  CHECK(client.receive().status == 200);
}
