#include "redis/greeting.hpp"

#include <string>

#include "protocol/bytes.hpp"
#include "support/catch.hpp"

using namespace lastbeat;
using redis::Greeting;
namespace resp = protocol::resp;

namespace {

std::string info(const std::string& version, const std::string& more = {}) {
  return "# Server\r\nredis_version:" + version + "\r\nrun_id:abc\r\nuptime_in_seconds:77\r\n" + more;
}

// Why a server that says this is not used; empty: it is.
std::string verdict(const std::string& text) {
  const redis::Config config;
  Greeting greeting{config};
  Buffer out;
  greeting.append(out);
  CHECK_FALSE(greeting.take({.type = resp::Type::kBulk, .text = "hash"}));
  const bool is_through = greeting.take({.type = resp::Type::kBulk, .text = text});
  CHECK(is_through == greeting.reason().empty());
  return greeting.reason();
}

}  // namespace

TEST_CASE("a greeting signs in, chooses the database, loads the script and asks who is there") {
  redis::Config config;
  config.address = {.server = "x:1", .user = "me", .password = "secret", .database = 3};
  Greeting greeting{config};
  Buffer out;
  greeting.append(out);
  const std::string sent{protocol::as_text(out)};
  CHECK(sent.starts_with("*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$6\r\nsecret\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n"));
  CHECK(sent.ends_with("*1\r\n$4\r\nINFO\r\n"));
  CHECK_FALSE(greeting.take({.type = resp::Type::kSimple, .text = "OK"}));
  CHECK_FALSE(greeting.take({.type = resp::Type::kSimple, .text = "OK"}));
  CHECK_FALSE(greeting.take({.type = resp::Type::kBulk, .text = "hash"}));
  CHECK(greeting.take({.type = resp::Type::kBulk, .text = info("7.0.15")}));
  CHECK(greeting.script_hash() == "hash");
  CHECK(greeting.facts().run_id == "abc");
  CHECK(greeting.facts().uptime.count() == 77);
}

TEST_CASE("servers that cannot keep presence are refused by name of what is wrong") {
  CHECK(verdict(info("6.2.0")).empty());
  CHECK(verdict(info("7.2.4", "cluster_enabled:0\r\nrole:master\r\n")).empty());
  CHECK(verdict(info("6.0.16")) == "it is Redis 6.0.16; allowed: 6.2 or newer, or Valkey");
  CHECK(verdict(info("5.0.3")).find("5.0.3") != std::string::npos);
  CHECK(verdict(info("7.0.0", "cluster_enabled:1\r\n")).find("cluster") != std::string::npos);
  CHECK(verdict(info("7.0.0", "role:slave\r\n")).find("replica") != std::string::npos);
}

TEST_CASE("an error in a greeting names the command that it answers") {
  const redis::Config config;
  Greeting greeting{config};
  Buffer out;
  greeting.append(out);
  CHECK_FALSE(greeting.take({.type = resp::Type::kError, .text = "NOAUTH Authentication required."}));
  CHECK(greeting.reason() == "SCRIPT LOAD: NOAUTH Authentication required.");
}
