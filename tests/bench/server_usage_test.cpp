#include "bench/server_usage.hpp"

#include "support/catch.hpp"

using namespace lastbeat::bench;
using namespace std::chrono_literals;

namespace {

std::optional<std::uint64_t> page_of(std::uint64_t pid) { return pid == 17 ? std::optional{4096U} : std::nullopt; }

}  // namespace

TEST_CASE("a lastbeatd tells its processor time and memory") {
  const auto usage = read_lastbeat_usage("entries 3\ncpu_us 7\nrss_bytes 9\nopen_files 4\n");
  REQUIRE(usage.has_value());
  CHECK(usage->cpu == 7us);
  CHECK(usage->rss_bytes == 9);
  CHECK(usage->open_files == 4);
  CHECK_FALSE(read_lastbeat_usage("cpu_us 7\nopen_files 0\n")->open_files.has_value());
  CHECK_FALSE(read_lastbeat_usage("rss_bytes 9\n").has_value());
  CHECK_FALSE(read_lastbeat_usage("cpu_us 7x\n").has_value());
  CHECK_FALSE(read_lastbeat_usage("").has_value());
}

TEST_CASE("a Redis tells its processor time in two parts, and its memory") {
  const auto usage = read_redis_usage(
      "$99\r\n# Memory\r\nused_memory:1\r\nused_memory_rss:8192\r\n\r\n# CPU\r\n"
      "used_cpu_sys:0.250001\r\nused_cpu_user:1.500000\r\nused_cpu_sys_children:9\r\n");
  REQUIRE(usage.has_value());
  CHECK(usage->cpu == 1'750'001us);
  CHECK(usage->rss_bytes == 8192);
  CHECK_FALSE(read_redis_usage("-NOAUTH Authentication required.\r\n").has_value());
  CHECK_FALSE(read_redis_usage("used_cpu_user:1.5\r\n").has_value());
}

TEST_CASE("a memcached tells its processor time, and its memory is found by its pid") {
  const auto usage = read_memcache_usage(
      "STAT pid 17\r\nSTAT rusage_user 1.000000\r\nSTAT rusage_system 0.500000\r\nEND\r\n", page_of);
  REQUIRE(usage.has_value());
  CHECK(usage->cpu == 1'500'000us);
  CHECK(usage->rss_bytes == 4096);
  const auto elsewhere =
      read_memcache_usage("STAT pid 18\r\nSTAT rusage_user 1\r\nSTAT rusage_system 0\r\nEND\r\n", page_of);
  REQUIRE(elsewhere.has_value());
  CHECK_FALSE(elsewhere->rss_bytes.has_value());
  CHECK_FALSE(read_memcache_usage("ERROR\r\n", page_of).has_value());
}
