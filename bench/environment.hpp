// What surrounds a run: the machine, the processes on both sides, signals, the file for the result.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "text/json_writer.hpp"

namespace lastbeat::bench {

// Writes the keys command, commit, build, cpu and cores into the object that is open.
void write_environment(text::JsonWriter& json, const std::string& command);

// Processor time of this process, all threads.
[[nodiscard]] std::chrono::microseconds cpu_used();

struct ServerUsage {
  std::uint64_t rss_bytes = 0;
  std::chrono::microseconds cpu{0};
};
// From the names rss_bytes and cpu_us; empty unless both are there and numbers.
[[nodiscard]] std::optional<ServerUsage> find_usage(std::span<const std::pair<std::string, std::string>> stats);
// From the stats of the server at `address`; empty when it does not answer. Blocks for 5 s at most.
[[nodiscard]] std::optional<ServerUsage> ask_server_usage(const std::string& address);

// Raises this process's limit of open files as far as it may: a connection is one.
void allow_many_connections() noexcept;

// True once SIGINT has come, after the first call.
[[nodiscard]] bool is_interrupted();

// Writes a document to `path`, or to `out` for "-", or nowhere for ""; false, and a line to `errors`, when that fails.
[[nodiscard]] bool save_json(const std::string& document, const std::string& path, std::ostream& out,
                             std::ostream& errors);

}  // namespace lastbeat::bench
