// What surrounds a run: the machine, this process, signals, the file for the result.
#pragma once

#include <iosfwd>
#include <string>

#include "text/json_writer.hpp"

namespace lastbeat::bench {

// Writes the keys command, commit, build, cpu and cores into the object that is open.
void write_environment(text::JsonWriter& json, const std::string& command);

// Raises this process's limit of open files as far as it may: a connection is one.
void allow_many_connections() noexcept;

// True once SIGINT has come, after the first call.
[[nodiscard]] bool is_interrupted();

// Writes a document to `path`, or to `out` for "-", or nowhere for ""; false, and a line to `errors`, when that fails.
[[nodiscard]] bool save_json(const std::string& document, const std::string& path, std::ostream& out,
                             std::ostream& errors);

}  // namespace lastbeat::bench
