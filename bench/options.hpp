// The command line of lastbeat-bench.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bench/compare_options.hpp"
#include "bench/workload.hpp"
#include "lastbeat/options.hpp"
#include "text/parse.hpp"

namespace lastbeat::bench {

struct LoadOptions {
  std::string command;  // as it was typed
  Protocol protocol = Protocol::kLastbeat;
  text::Endpoint target;
  ClientOptions access;  // the token and TLS; of lastbeat:// only
  Workload workload;
  std::uint32_t connections = 64;
  std::uint32_t pipeline = 1;
  std::uint32_t threads = 1;
  std::vector<unsigned> cpus;  // processors that the threads run on; empty: any
  std::optional<double> rate;  // operations a second; empty: as fast as the server answers
  std::chrono::milliseconds duration{10'000};
  std::uint64_t seed = 1;
  std::string json;  // a path, "-" for standard output, empty for none
};

struct CheckOptions {
  std::string command;
  std::string server;      // or several nodes, over which users are spread
  bool has_nodes = false;  // several
  int replicas = 1;
  std::vector<ClientNode> later_nodes;  // the list from `later` on; empty: it stays as it is
  std::chrono::milliseconds later{0};   // after the start
  std::uint32_t users = 200'000;
  double silent_share = 0.01;
  std::optional<std::chrono::seconds> ttl;  // must be the server's, if given
  std::chrono::milliseconds duration{30'000};
  std::uint32_t connections = 4;
  std::uint32_t batch = 500;
  std::chrono::milliseconds delay{0};  // after which whoever answers may hear of a heartbeat
  std::uint32_t churn = 0;             // connections a second that are opened, used and closed, besides
  std::uint64_t seed = 1;
  std::string json;
};

// Maps to compare the table with.
enum class Rival : std::uint8_t { kAbsl, kStd };

struct TableOptions {
  std::string command;
  std::uint64_t users = 10'000'000;
  std::uint32_t threads = 1;
  std::chrono::milliseconds duration{2'000};  // of each rate
  std::vector<Rival> rivals{Rival::kAbsl, Rival::kStd};
  bool holds = false;  // observe the locks of a large table too
  std::string json;
};

// Nothing to run: what to print, and the exit status.
struct ParseExit {
  int status = 0;
  std::string text;
};

using Parsed = std::variant<LoadOptions, CheckOptions, TableOptions, CompareOptions, EchoOptions, ParseExit>;
[[nodiscard]] Parsed parse_options(int argc, const char* const* argv);

}  // namespace lastbeat::bench
