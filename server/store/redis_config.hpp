// Which Redis to use, and how.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lastbeat::redis {

struct Address {
  std::string server;  // HOST:PORT or unix:PATH; of a cluster the first of those
  std::string user;    // empty: Redis' default user
  std::string password;
  unsigned database = 0;
  bool is_encrypted = false;
  std::vector<std::string> cluster{};  // HOST:PORT of servers that know the others; empty: no cluster
  friend bool operator==(const Address&, const Address&) = default;
};

// "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]", "rediss://..." for TLS, or
// "redis://[...@]unix:PATH[?db=DATABASE]", or "redis-cluster://[...@]HOST[:PORT],..."; what URLs reserve is %XX in a
// user or password. Throws std::invalid_argument, whose message shows no password.
[[nodiscard]] Address parse_address(std::string_view text);

struct Config {
  static constexpr std::size_t kUsualBacklog = 1'000'000;

  Address address;
  std::string ca_file;  // of rediss; empty: whom the system trusts
  std::string prefix = "lastbeat:";
  std::chrono::milliseconds timeout{1000};  // of a call, and of connecting
  std::size_t backlog = kUsualBacklog;      // users of whom a heartbeat or leave is kept while Redis is away
  bool must_answer_at_start = false;
  bool trusts_first_data = false;  // whoever Redis does not know at the start is offline, however young it is
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace lastbeat::redis
