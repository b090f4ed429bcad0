#include "e2e/shared_session.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace lastbeat::test {
namespace {

using Words = std::vector<std::string>;

constexpr int kMany = 300;
constexpr int kFirstOfMany = 1000;

Words about_many(const std::string& command) {
  Words words{command};
  for (int i = 0; i < kMany; ++i) words.push_back(std::to_string(kFirstOfMany + i));
  return words;
}

int lines_with(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string status_of(const Daemon& server, const std::string& user) {
  return server.lastbeat({"status", user}).output;
}

void check_command(const Daemon& one, const Daemon& two) {
  const auto is_taken = [](const Daemon& server, const Words& words) {
    const Finished sent = server.lastbeat(words);
    CHECK(sent.status == 0);
    CHECK(sent.output == "ok\n");
  };
  CHECK(status_of(two, "42") == "42 offline\n");
  is_taken(one, {"heartbeat", "42", "0", "18446744073709551615", "42"});
  const std::string online = two.lastbeat({"status", "42", "0", "18446744073709551615", "7"}).output;
  CHECK(online.starts_with("42 online "));
  CHECK(online.find("\n0 online ") != std::string::npos);
  CHECK(online.find("\n18446744073709551615 online ") != std::string::npos);
  CHECK(online.find("\n7 offline\n") != std::string::npos);

  is_taken(two, {"leave", "42"});
  CHECK(status_of(one, "42").starts_with("42 offline left "));
  is_taken(two, {"heartbeat", "--age", "60s", "42"});  // before the leave
  CHECK(status_of(one, "42").starts_with("42 offline left "));
  is_taken(one, {"heartbeat", "42"});
  CHECK(status_of(two, "42").starts_with("42 online "));

  is_taken(one, {"heartbeat", "--age", "60s", "43"});
  CHECK(status_of(two, "43").starts_with("43 online 6"));
  const Finished too_old = two.lastbeat({"heartbeat", "--age", "10m", "44"});
  CHECK(too_old.status == 1);
  CHECK(status_of(one, "44") == "44 offline\n");

  is_taken(one, about_many("heartbeat"));
  CHECK(lines_with(two.lastbeat(about_many("status")).output, " online ") == kMany);
  is_taken(two, about_many("leave"));
  CHECK(lines_with(one.lastbeat(about_many("status")).output, " offline left ") == kMany);
}

#ifdef LASTBEAT_HTTP
void check_http(const Daemon& one, const Daemon& two) {
  const auto ask = [](const Daemon& server, const std::string& path, Words more = {}) {
    more.insert(more.end(), {"-s", "http://" + server.http_address() + path});
    const std::string reply = run("curl", more).output;
    return reply.substr(0, reply.rfind('\n'));
  };
  CHECK(ask(one, "/heartbeat", {"--json", R"({"user_id":50})"}) == R"({"accepted":1,"refused":0})");
  CHECK(ask(two, "/status/50").starts_with(R"({"user_id":"50","status":"online","last_hb":)"));
  CHECK(ask(two, "/heartbeats", {"--json", R"({"user_ids":[51,"52",51]})"}) == R"({"accepted":3,"refused":0})");
  CHECK(ask(one, "/leave", {"--json", R"({"user_id":51})"}) == R"({"accepted":1,"refused":0})");
  const std::string statuses = ask(two, "/status", {"--json", R"({"user_ids":[51,52,53]})"});
  CHECK(statuses.find(R"("user_id":"51","status":"offline")") != std::string::npos);
  CHECK(statuses.find(R"("left":true)") != std::string::npos);
  CHECK(statuses.find(R"("user_id":"52","status":"online")") != std::string::npos);
  CHECK(statuses.find(R"({"user_id":"53","status":"offline","last_hb":null,"age_seconds":null})") != std::string::npos);
  CHECK(ask(one, "/status/nobody").find(R"("code":"invalid_user_id")") != std::string::npos);
  CHECK(ask(one, "/readyz") == R"({"ready":true})");
}
#endif

}  // namespace

Words patient(Words store) {
  store.insert(store.end(), {"--ttl", "5m", "--doubt-at-start", "no"});
  return store;
}

void check_shared_session(const Daemon& one, const Daemon& two) {
  check_command(one, two);
#ifdef LASTBEAT_HTTP
  check_http(one, two);
#endif
}

}  // namespace lastbeat::test
