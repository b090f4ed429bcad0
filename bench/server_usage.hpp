// What the server under test uses, as it tells itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bench/workload.hpp"
#include "lastbeat/client.hpp"
#include "text/parse.hpp"

namespace lastbeat::bench {

struct ServerUsage {
  std::optional<std::uint64_t> rss_bytes;
  std::chrono::microseconds cpu{0};              // user and system, all threads, since it started
  std::optional<std::uint64_t> open_files = {};  // descriptors, connections included; lastbeatd tells them
};

// Empty when the server does not answer, or does not tell: an echo server never does. Blocks for about 5 s at most.
// `access`: the token and TLS with which a lastbeatd is asked.
[[nodiscard]] std::optional<ServerUsage> ask_server_usage(Protocol protocol, const text::Endpoint& server,
                                                          ClientOptions access = {});
// The same from a lastbeatd, on a connection that is open already.
[[nodiscard]] std::optional<ServerUsage> ask_server_usage(Client& client);

// The same from what a server said; empty unless it told its processor time.
// Stats of lastbeatd, "name value" a line: cpu_us, rss_bytes and open_files, which is 0 when the server cannot tell.
[[nodiscard]] std::optional<ServerUsage> read_lastbeat_usage(std::string_view stats);
// The reply to INFO: used_memory_rss, used_cpu_user and used_cpu_sys.
[[nodiscard]] std::optional<ServerUsage> read_redis_usage(std::string_view info);
// The reply to `stats`: rusage_user and rusage_system. memcached does not tell its memory, but its pid, by which
// `rss_of` may find it.
using FindRss = std::function<std::optional<std::uint64_t>(std::uint64_t pid)>;
[[nodiscard]] std::optional<ServerUsage> read_memcache_usage(std::string_view stats, const FindRss& rss_of);

}  // namespace lastbeat::bench
