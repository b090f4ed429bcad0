// What a result must tell about where it comes from.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

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
// From the server's stats; empty when it does not answer.
[[nodiscard]] std::optional<ServerUsage> ask_server_usage(const std::string& address);

// True once SIGINT has come, after the first call.
[[nodiscard]] bool is_interrupted();

// Writes a document to `path`, or to `out` for "-"; false, and a line to `errors`, when that fails.
[[nodiscard]] bool save_json(const std::string& document, const std::string& path, std::ostream& out,
                             std::ostream& errors);

}  // namespace lastbeat::bench
