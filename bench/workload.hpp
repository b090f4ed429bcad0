// What a load asks, about whom, and in which language.
#pragma once

#include <cstdint>

namespace lastbeat::bench {

// Echo is no presence server: it returns what it gets, and shows what the kernel and the load allow at best.
enum class Protocol : std::uint8_t { kLastbeat, kRedis, kMemcache, kEcho };
[[nodiscard]] constexpr const char* name_of(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::kRedis:
      return "redis";
    case Protocol::kMemcache:
      return "memcache";
    case Protocol::kEcho:
      return "echo";
    case Protocol::kLastbeat:
      break;
  }
  return "lastbeat";
}

enum class Distribution : std::uint8_t { kUniform, kZipf };
[[nodiscard]] constexpr const char* name_of(Distribution distribution) noexcept {
  return distribution == Distribution::kZipf ? "zipf" : "uniform";
}

struct Workload {
  std::uint64_t users = 1'000'000;  // ids 0 to users - 1
  Distribution distribution = Distribution::kUniform;
  std::uint32_t batch = 1;               // users in one request
  std::uint32_t heartbeat_percent = 90;  // the rest asks for statuses
};

}  // namespace lastbeat::bench
