// The page at "/", of a server that has one.
#include "http/page.hpp"

#include "server/net/http/http_client.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using lastbeat::http::is_listed;
using lastbeat::http::Page;
using lastbeat::http::Settings;
using lastbeat::test::http_config;
using lastbeat::test::HttpClient;
using lastbeat::test::HttpReply;
using lastbeat::test::TestServer;

namespace {

constexpr std::string_view kHtml = "<!doctype html>\n<title>Here</title>\n";

const Page& page() {
  static const Page page{.body = kHtml, .etag = R"("v1")", .security_policy = "default-src 'none'"};
  return page;
}

Settings with_page() {
  Settings settings;
  settings.dashboard = &page();
  return settings;
}

void check_headers(const HttpReply& reply) {
  CHECK(reply.header("etag") == R"("v1")");
  CHECK(reply.header("cache-control") == "no-cache");
  CHECK(reply.header("content-security-policy") == "default-src 'none'");
  CHECK(reply.header("x-content-type-options") == "nosniff");
  CHECK(reply.header("referrer-policy") == "no-referrer");
}

}  // namespace

TEST_CASE("the root shows the page") {
  TestServer server{http_config(with_page())};
  HttpClient client{server.address(1)};
  const HttpReply reply = client.ask("GET", "/");
  CHECK(reply.status == 200);
  CHECK(reply.header("content-type") == "text/html; charset=utf-8");
  CHECK(reply.body == kHtml);
  check_headers(reply);

  const HttpReply head = client.ask("HEAD", "/?from=bookmark");
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == std::to_string(kHtml.size()));
  CHECK(head.header("content-type") == "text/html; charset=utf-8");
  check_headers(head);
}

TEST_CASE("who has the page is not sent it again") {
  TestServer server{http_config(with_page())};
  HttpClient client{server.address(1)};
  for (const std::string method : {"GET", "HEAD"}) {
    CAPTURE(method);
    const HttpReply same = client.ask(method, "/", "", "If-None-Match: W/\"v0\", \"v1\"\r\n");
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.header("content-type").empty());
    check_headers(same);
  }
  CHECK(client.ask("GET", "/", "", "If-None-Match: \"v0\"\r\n").body == kHtml);
  CHECK(client.ask("GET", "/count", "", "If-None-Match: *\r\n").status == 200);
}

TEST_CASE("errors at the page's path are errors as everywhere") {
  Settings settings = with_page();
  settings.max_body_bytes = 4;
  TestServer server{http_config(settings)};
  HttpClient client{server.address(1)};
  const HttpReply method = client.ask("POST", "/", "{}");
  CHECK(method.error_code() == "method_not_allowed");
  const HttpReply large = client.ask("GET", "/", "", "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n");
  CHECK(large.error_code() == "body_too_large");
  for (const HttpReply& reply : {method, large}) {
    CHECK(reply.header("content-type") == "application/json");
    CHECK(reply.header("cache-control") == "no-store");
    CHECK(reply.header("etag").empty());
    CHECK(reply.header("content-security-policy").empty());
  }
}

TEST_CASE("If-None-Match is a list, and its members may be weak") {
  CHECK(is_listed(R"("a")", R"("a")"));
  CHECK(is_listed(R"("a")", R"(W/"a")"));
  CHECK(is_listed(R"("a")", R"("b", "a")"));
  CHECK(is_listed(R"("a")", "*"));
  CHECK_FALSE(is_listed(R"("a")", R"("ab")"));
  CHECK_FALSE(is_listed(R"("a")", R"("ba")"));
  CHECK_FALSE(is_listed(R"("a")", "a"));
  CHECK_FALSE(is_listed(R"("a")", ""));
}
