// The command line of `lastbeat-bench compare` and `lastbeat-bench echo`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/parse.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace lastbeat::bench {

// What is compared; docs/benchmarks.md says which question each answers.
enum class Scenario : std::uint8_t { kSingle, kPipelined, kBatches, kMixed, kLatency, kUsers, kConnections };
[[nodiscard]] const char* name_of(Scenario scenario) noexcept;

struct CompareOptions {
  std::string command;  // as it was typed
  // Programs: a path, or a name to look for in $PATH; "none" leaves the server out. Empty: beside lastbeat-bench.
  std::string lastbeatd;
  std::string redis = "redis-server";
  std::string valkey = "valkey-server";
  std::string memcached = "memcached";
  std::vector<Scenario> scenarios;
  std::chrono::milliseconds duration{3'000};  // of each run
  std::uint32_t repeats = 5;                  // runs of each server in each scenario
  std::uint64_t users = 1'000'000;
  std::uint64_t crowd = 50'000'000;  // users that a second lastbeatd holds in the latency scenario; 0: none
  std::vector<std::uint64_t> memory_users{1'000'000, 10'000'000};  // ascending
  std::uint32_t idle_connections = 15'000;
  std::chrono::milliseconds settle{10'000};  // until idle connections are looked at
  // Cores of the servers and of the load; empty: the first and the second that this process may use.
  std::optional<unsigned> server_cpu;
  std::optional<unsigned> load_cpu;
  std::string markdown;  // a path, "-" for standard output, empty for none
  std::string json;      // the same
};

struct EchoOptions {
  text::TcpEndpoint listen{"127.0.0.1", 0};
};

// Options as typed.
struct RawCompare {
  std::string lastbeatd;
  std::string redis = "redis-server";
  std::string valkey = "valkey-server";
  std::string memcached = "memcached";
  std::string scenarios = "all";
  std::string seconds = "3";
  std::string repeats = "5";
  std::string users = "1000000";
  std::string crowd = "50000000";
  std::string memory_users = "1000000,10000000";
  std::string idle_connections = "15000";
  std::string settle = "10";
  std::string server_cpu;
  std::string load_cpu;
  std::string markdown;
  std::string json;
};
struct RawEcho {
  std::string listen = "127.0.0.1:0";
};

void declare(CLI::App& app, RawCompare& raw);
void declare(CLI::App& app, RawEcho& raw);

// Throws std::invalid_argument that names what is wrong and what is allowed.
[[nodiscard]] CompareOptions check(const RawCompare& raw);
[[nodiscard]] EchoOptions check(const RawEcho& raw);

}  // namespace lastbeat::bench
