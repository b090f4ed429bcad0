#include "http/access.hpp"

#include "support/catch.hpp"

using namespace lastbeat::http;

TEST_CASE("hosts that have no valid form are told from those that have") {
  for (const char* host :
       {"localhost", "localhost:1", "a.b-c.example.", "127.0.0.1:7231", "[::1]", "[::1]:80", "", "x:"}) {
    CAPTURE(host);
    CHECK(is_well_formed_host(host));
  }
  for (const char* host :
       {"a b", "a/b", "u@a", "a:b", "a:1:2", ":80", "[::1", "::1", "[::1]x", "[a]", "a\\b", "a?b", "a,b c"}) {
    CAPTURE(host);
    CHECK_FALSE(is_well_formed_host(host));
  }
}

TEST_CASE("only names that nobody else can resolve to us are ours") {
  Settings settings;
  settings.hosts = {"presence.internal"};
  for (const char* host : {"localhost", "LOCALHOST:7231", "127.0.0.1", "127.0.0.1:7231", "10.0.0.1", "[::1]:7231",
                           "[fe80::1]", "presence.internal", "Presence.Internal:80"}) {
    CAPTURE(host);
    CHECK(is_our_host(host, settings));
  }
  for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1x",
                           "xlocalhost", "presence.internal.evil.example", "[::1].evil.example"}) {
    CAPTURE(host);
    CHECK_FALSE(is_our_host(host, settings));
  }
  settings.checks_host = false;
  CHECK(is_our_host("evil.example", settings));
}

TEST_CASE("a page is ours when host and port are the same") {
  CHECK(is_same_origin("http://127.0.0.1:7231", "127.0.0.1:7231"));
  CHECK(is_same_origin("https://App.Example", "app.example"));
  CHECK_FALSE(is_same_origin("http://127.0.0.1:7232", "127.0.0.1:7231"));
  CHECK_FALSE(is_same_origin("http://127.0.0.1", "127.0.0.1:7231"));
  CHECK_FALSE(is_same_origin("null", "null"));
  CHECK_FALSE(is_same_origin("", ""));
}
